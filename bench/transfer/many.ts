import { runAction } from './action.ts';
import { type Figure, seconds } from './figure.ts';
import { NAMES, onTrio } from './trio.ts';

const APPS = Array.from({ length: 100 }, (_, index) => `App ${index}`);
const DELAY = 50;
const FASTER = 3;
const ON_SOURCE = 5;
const ON_TARGET = 6;

interface Cost {
  took: number;
  /** Requests per app, those for all apps together included. */
  source: number;
  /** On the target that was asked more. */
  target: number;
}

/** Sites that are far away: what counts is how often they are asked, and how much of the waiting is shared. */
export async function many(): Promise<Figure[]> {
  const one = await promoteAll(1, false);
  const four = await promoteAll(4, false);
  const replacing = await promoteAll(4, true);
  const faster = one.took / four.took;
  return [
    { what: 'concurrency: 1', measured: seconds(one.took) },
    { what: 'concurrency: 4', measured: seconds(four.took) },
    {
      what: 'faster with 4',
      measured: `${faster.toFixed(2)} times`,
      bar: { text: `at least ${FASTER} times`, met: faster >= FASTER },
    },
    perApp('on the source', Math.max(one.source, four.source, replacing.source), ON_SOURCE),
    perApp('on each target, publishing', Math.max(one.target, four.target), ON_TARGET),
    perApp('on each target, replacing', replacing.target, ON_TARGET),
  ];
}

function perApp(where: string, measured: number, most: number): Figure {
  return {
    what: `requests per app ${where}`,
    measured: measured.toFixed(2),
    bar: { text: `at most ${most}`, met: measured <= most },
  };
}

function promoteAll(concurrency: number, replacing: boolean): Promise<Cost> {
  const apps = (stream: string) => APPS.map(name => ({ name, stream, size: 20_000 }));
  const target = { streams: ['Everyone'], apps: replacing ? apps('Everyone') : [] };
  const data = {
    dev: { streams: ['Build'], tags: ['Promoted'], apps: apps('Build') },
    test: target,
    prod: target,
  };
  return onTrio(data, async trio => {
    for (const name of NAMES) {
      trio[name].faults.add({ times: Number.POSITIVE_INFINITY, fault: { delay: DELAY } });
    }
    const spec = {
      from: 'dev',
      apps: APPS.map(name => ({ name })),
      to: ['test', 'prod'].map(site => ({ site, streams: ['Everyone'] })),
      done: { tag: 'Promoted' },
      concurrency,
    };
    const { took } = await runAction(spec, trio);
    const [source, ...targets] = NAMES.map(name => trio[name].counters.requests.length / APPS.length);
    return { took, source: source ?? 0, target: Math.max(...targets) };
  });
}
