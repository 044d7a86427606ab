import { runAction } from './action.ts';
import type { Figure } from './figure.ts';
import { onTrio } from './trio.ts';

const STREAMS = ['One', 'Two', 'Three', 'Four', 'Five'];
const BYTES = 8 * 2 ** 20;

/** The network is paid for once per site: in all streams of test the app is replaced, to all of prod it is published. */
export function once(): Promise<Figure[]> {
  const app = { name: 'Sales', size: BYTES };
  const data = {
    dev: { streams: ['Build'], apps: [{ ...app, stream: 'Build' }] },
    test: { streams: STREAMS, apps: STREAMS.map(stream => ({ name: 'Sales', stream, size: 1000 })) },
    prod: { streams: STREAMS },
  };
  return onTrio(data, {}, async trio => {
    const to = ['test', 'prod'].map(site => ({ site, streams: STREAMS }));
    await runAction({ from: 'dev', apps: [{ name: 'Sales' }], to }, trio);
    for (const site of [trio.test, trio.prod]) {
      const live = [...site.site.apps.values()].filter(
        ({ published, fileSize }) => published && fileSize === BYTES,
      );
      if (live.length !== STREAMS.length) throw new Error(`a site has the app in ${live.length} streams`);
    }
    const { dev, test, prod } = trio;
    return [
      figure('exports', dev.counters.count('POST', /\/export\//), dev.counters.bytesSent),
      figure(
        'uploads to test, replacing',
        test.counters.count('POST', /\/upload$/),
        test.counters.bytesReceived,
      ),
      figure(
        'uploads to prod, publishing',
        prod.counters.count('POST', /\/upload$/),
        prod.counters.bytesReceived,
      ),
    ];
  });
}

function figure(what: string, count: number, bytes: number): Figure {
  return {
    what,
    measured: `${count}, ${bytes} bytes`,
    bar: { text: `1, ${BYTES} bytes`, met: count === 1 && bytes === BYTES },
  };
}
