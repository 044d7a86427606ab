import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runAction } from './action.ts';
import { type Figure, seconds } from './figure.ts';
import { appsOf, onPair, type Pair } from './sites.ts';

const MEGABYTES = 1024;
const STREAMS = ['One', 'Two', 'Three'];
const WAY = fileURLToPath(new URL('predecessor-way.ts', import.meta.url));

/**
 * What went before this action held the whole file in memory, and uploaded it once for each stream. Once a run: it
 * takes long.
 */
export async function predecessor(): Promise<Figure[]> {
  const ours: { took: number; peak: number }[] = [];
  const theirs: { took: number; peak: number }[] = [];
  const to = [{ site: 'test', streams: STREAMS }];
  await onPair(
    MEGABYTES,
    async pair => {
      const { dev, test } = pair;
      ours.push(await runAction({ from: 'dev', apps: [{ name: 'Big' }], to }, { dev, test }));
      await expectThree(pair);
    },
    STREAMS,
  );
  await onPair(
    MEGABYTES,
    async pair => {
      theirs.push(await runPredecessor(pair));
      await expectThree(pair);
    },
    STREAMS,
  );
  return [...figures('the action', ours), ...figures('the predecessor’s way', theirs)];
}

function figures(who: string, ran: readonly { took: number; peak: number }[]): Figure[] {
  return ran.flatMap(({ took, peak }) => [
    { what: `${who}, three streams`, measured: seconds(took) },
    { what: `${who}, peak memory`, measured: `${peak.toFixed(0)} MiB` },
  ]);
}

async function expectThree({ test }: Pair): Promise<void> {
  const live = (await appsOf(test)).filter(
    ({ published, fileSize }) => published && fileSize === MEGABYTES * 2 ** 20,
  );
  if (live.length !== STREAMS.length) throw new Error(`the target has the app in ${live.length} streams`);
}

/** In a process of its own, whose peak it prints at its end. */
async function runPredecessor({ dev, test }: Pair): Promise<{ took: number; peak: number }> {
  const [app] = await appsOf(dev);
  const reach = ({ url, certificate, key, ca }: Pair['dev']) => ({
    url,
    cert: readFileSync(certificate, 'utf8'),
    key: readFileSync(key, 'utf8'),
    ca: readFileSync(ca, 'utf8'),
  });
  const order = { app: app?.id, streams: STREAMS, from: reach(dev), to: reach(test) };
  const began = Date.now();
  const child = spawn(process.execPath, [WAY], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', piece => (said += piece));
  child.stdin.end(JSON.stringify(order));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the predecessor's way ended with ${code}`);
  return { took: Date.now() - began, peak: Number(said) };
}
