import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startGitHub } from '../../simulator/github/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import { freePort } from '../../simulator/wire/free-port.ts';
import { systemClock } from '../../src/base/clock.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { connect } from '../../src/qrs/connection.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';
import { startFront } from './front.ts';
import { HOSTILITIES } from './hostilities.ts';
import type { ToldRelay } from './run-relay.ts';

/**
 * A relay for one good site, and for as many bad ones as there are hostilities: whatever they answer, the good one's
 * changes are dispatched, the log names the bad ones and shows no secret, and memory is bounded.
 */
const LIMITS = { call: 4_000, list: 4_000, readBack: 4_000, poll: 4_000 };
/** Of one relay that meets all of it at once; of one bad site it is far less. */
const MOST_MEMORY = 220 * 1024 * 1024;
const TOKEN = 'github_pat_relayrelayrelay';
const REPOSITORY = 'acme/events';

const data = {
  streams: ['Build'],
  users: ['DOMAIN\\anna'],
  apps: [{ name: 'Sales', stream: 'Build', size: 100 }],
};
const bad = await startSimulator({ name: 'bad', data });
const good = await startSimulator({ name: 'good', data });
const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-hostile-'));
after(async () => {
  await Promise.all([bad.stop(), good.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

async function rename(simulator: typeof good, name: string): Promise<void> {
  const anna = { ...siteOf('it', simulator), user: 'DOMAIN\\anna' };
  const qrs = connect(anna, { clock: systemClock, log: keepingLog(), signal: new AbortController().signal });
  const [{ id } = { id: '' }] = simulator.site.apps.values();
  const app = await readApp(qrs, id);
  await qrs.send({ method: 'PUT', path: `/qrs/app/${id}`, body: { ...app, name }, attempt: 'rename' });
  await qrs.close();
}

const subscriptionsOf = ({ counters }: typeof good) =>
  counters.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/notification')).length;

const KINDS: [string, string, RegExp][] = [
  ['to subscribe', 'POST', /\/qrs\/notification$/],
  ['to list changes', 'GET', /\/notification\/changes$/],
  ['to read back', 'GET', /\/qrs\/app\/full$/],
];

for (const [what, method, path] of KINDS) {
  test(`hostile: sites that are asked ${what} do everything, and the relay goes on with the good one`, async context => {
    const github = await startGitHub({
      repositories: [{ name: REPOSITORY }],
      tokens: [
        {
          token: TOKEN,
          kind: 'fine-grained',
          repositories: [REPOSITORY],
          permissions: { contents: 'write' },
        },
      ],
      switches: { perHour: 0 },
    });
    const names = Object.keys(HOSTILITIES);
    const fronts = await Promise.all(
      Object.values(HOSTILITIES).map(does => startFront(bad, [{ method, path, does }])),
    );
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    const described = (url: string, { certificate, key, ca }: typeof good) => ({
      url,
      certificate: base64(certificate),
      key: base64(key),
      ca: base64(ca),
    });
    const sites = Object.fromEntries([
      ['good', described(good.url, good)],
      ...fronts.map(({ url }, at) => [`bad-${at}`, described(url, bad)]),
    ]);
    const config = JSON.stringify({
      sites,
      listen: { url: `http://127.0.0.1:${await freePort()}`, host: '127.0.0.1' },
      github: { url: github.url, token: TOKEN },
      store: join(folder, `${KINDS.findIndex(([one]) => one === what)}.db`),
      subscriptions: Object.keys(sites).map(site => ({
        name: site,
        site,
        entity: 'App',
        send: { repository: REPOSITORY, event: `of-${site}` },
        quiet: '1s',
      })),
    });
    const lines: string[] = [];
    let memory = 0;
    const start = () => {
      const child = fork(new URL('run-relay.ts', import.meta.url));
      child.on('message', (told: ToldRelay) => {
        if ('line' in told) lines.push(told.line);
        else memory = told.memory;
      });
      child.send({ config, limits: LIMITS });
      return child;
    };
    const stop = async (child: ChildProcess) => {
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    };
    const until = async (holds: () => boolean, why: string) => {
      const end = performance.now() + 60_000;
      while (!holds()) {
        assert.ok(performance.now() < end, `${why}\n${lines.slice(0, 40).join('\n')}`);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    };
    const toldOf = (name: string) => github.dispatches.some(one => JSON.stringify(one).includes(name));
    /** Since so many requests: subscribed to, and asked what has changed. What comes before is not the relay's to tell. */
    const isWatched = (since: number) =>
      ['/notification', '/notification/changes'].every(end =>
        good.counters.requests.slice(since).some(({ path, status }) => path.endsWith(end) && status < 300),
      );
    const begun = good.counters.requests.length;
    const already = subscriptionsOf(bad);
    let child = start();
    try {
      await until(() => isWatched(begun), 'the good site is not watched');
      // Each of them is watched before something is asked of it.
      if (what !== 'to subscribe')
        await until(() => subscriptionsOf(bad) - already >= names.length, 'a bad site is not subscribed to');
      // What may have been missed while a relay was down is asked for.
      await stop(child);
      const before = good.counters.requests.length;
      child = start();
      await until(() => isWatched(before), 'the good site is not watched again');
      for (const round of [1, 2]) {
        await rename(bad, `${what} ${round}`);
        await rename(good, `Good ${what} ${round}`);
        await until(() => toldOf(`Good ${what} ${round}`), `round ${round} was not dispatched`);
      }
      await until(
        () => fronts.every(front => front.met() > 0),
        `not met: ${names.filter((_, at) => fronts[at]?.met() === 0)}`,
      );
      // An answer of some kind needs no word; of most of the others the log speaks.
      const isSaid = (at: number) => lines.some(line => line.includes(`bad-${at}`));
      await until(
        () => names.filter((_, at) => !isSaid(at)).length <= 6,
        'too little is said of the bad sites',
      );
      await stop(child);
      const log = lines.join('\n');
      context.diagnostic(`peak memory ${Math.round(memory / 1024 / 1024)} MiB, ${lines.length} lines`);
      assert.ok(memory > 0 && memory < MOST_MEMORY, `${Math.round(memory / 1024 / 1024)} MiB`);
      const pieces = bad.key.replace(/-----[^-]+-----|\s/g, '').match(/.{16}/g) ?? [];
      assert.ok(!pieces.some(piece => log.includes(piece)) && !log.includes(TOKEN), 'a secret is shown');
      assert.doesNotMatch(log, /TypeError|\[object/);
    } finally {
      child.kill();
      await Promise.all(fronts.map(front => front.stop()));
      await github.stop();
    }
  });
}
