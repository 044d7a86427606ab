import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { DemoSite } from '../../demo/site.ts';
import { runAction } from './action.ts';
import { type Figure, median, seconds } from './figure.ts';
import { appsOf, BIG, expectLive, onPair, type Pair } from './sites.ts';

const run = promisify(execFile);
const MEGABYTES = 1024;
const ROUNDS = 5;
const BAR = 1.2;

/** The same bytes between the same servers, in turns, so that whatever else the machine does hits both. */
export async function curl(): Promise<Figure[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  await onPair(MEGABYTES, async pair => {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const [action, rival] = [await byAction(pair, round), await byCurl(pair, round)];
      // The first round is to warm up.
      if (round > 0) ours.push(action);
      if (round > 0) theirs.push(rival);
    }
  });
  const times = median(ours) / median(theirs);
  return [
    { what: 'the action', measured: `${seconds(median(ours))} (${range(ours)})` },
    { what: 'curl | curl', measured: `${seconds(median(theirs))} (${range(theirs)})` },
    {
      what: `the action over curl, medians of ${ROUNDS}`,
      measured: times.toFixed(2),
      bar: { text: `at most ${BAR}`, met: times <= BAR },
    },
  ];
}

function range(values: readonly number[]): string {
  return `${seconds(Math.min(...values))} to ${seconds(Math.max(...values))}`;
}

async function byAction({ dev, test }: Pair, round: number): Promise<number> {
  // A version that is on the target already would not be sent again.
  const [app] = await appsOf(dev);
  await dev.call('PUT', `app/${app?.id}`, { ...app, description: `Round ${round}` });
  const { took } = await runAction(BIG, { dev, test });
  await expectLive(test, MEGABYTES * 2 ** 20);
  return took;
}

async function byCurl({ dev, test, folder }: Pair, round: number): Promise<number> {
  const at = (name: string) => join(folder, name);
  const [app] = await appsOf(dev);
  const began = Date.now();
  const token = `app/${app?.id}/export/${randomUUID()}`;
  await writeFile(
    at('export'),
    options(dev, `/qrs/${token}?skipdata=false&xrfkey=${KEY}`, ['request = POST', 'data = ""']),
  );
  const { stdout } = await run('curl', ['-K', at('export')]);
  const { downloadPath } = z.object({ downloadPath: z.string() }).parse(JSON.parse(stdout));
  await writeFile(at('down'), options(dev, downloadPath, []));
  const upload = `/qrs/app/upload?name=curl%20${round}&keepdata=true&excludeconnections=false&xrfkey=${KEY}`;
  const streamed = [
    'request = POST',
    'upload-file = "-"',
    'header = "Content-Type: application/vnd.qlik.sense.app"',
  ];
  await writeFile(at('up'), options(test, upload, streamed));
  await run('sh', ['-c', 'curl -K down | curl -K up -o answer'], { cwd: folder });
  const took = Date.now() - began;
  const { fileSize } = z
    .object({ fileSize: z.number() })
    .parse(JSON.parse(await readFile(at('answer'), 'utf8')));
  if (fileSize !== MEGABYTES * 2 ** 20) throw new Error(`curl uploaded ${fileSize} bytes`);
  return took;
}

const KEY = 'bench0123456789a';

/** A file for curl's -K. */
function options(site: DemoSite, path: string, more: readonly string[]): string {
  return [
    'silent\nshow-error\nfail',
    `url = "${site.url}${path}"`,
    `cert = "${site.certificate}"\nkey = "${site.key}"\ncacert = "${site.ca}"`,
    `header = "X-Qlik-Xrfkey: ${KEY}"`,
    'header = "X-Qlik-User: UserDirectory=INTERNAL; UserId=sa_api"',
    ...more,
  ].join('\n');
}
