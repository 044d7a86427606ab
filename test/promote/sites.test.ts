import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEAT, keepingLog, quickClock, shelf, siteOf } from '../sites-for-tests.ts';
import { appNamed, FOR_GOOD, inFlight, on, onThree } from './scene.ts';

/** Several sites in parallel, and how much at a time. What is in flight is seen by the simulator. */

const MANY = Array.from({ length: 8 }, (_, index) => ({ name: `Report ${index}`, size: 2000 }));
const ALL = "[{ filter: name sw 'Report' }]";

interface Row {
  source: number;
  target: number;
  spec: number;
  exports: number;
  uploads: number;
}

const ROWS: Row[] = [
  { source: 1, target: 1, spec: 8, exports: 1, uploads: 1 },
  { source: 8, target: 2, spec: 8, exports: 8, uploads: 2 },
  { source: 2, target: 8, spec: 8, exports: 2, uploads: 8 },
  { source: 8, target: 8, spec: 1, exports: 1, uploads: 1 },
  { source: 8, target: 8, spec: 3, exports: 3, uploads: 3 },
];

for (const { source, target, spec, ...most } of ROWS) {
  test(`limits: concurrency ${source} on the source, ${target} on the target, ${spec} in the spec`, () =>
    on({ devApps: MANY }, async set => {
      const exports = inFlight(set.dev, 'POST', /export/);
      const uploads = inFlight(set.test, 'POST', /upload/);
      const sites = [
        { ...siteOf('dev', set.dev), concurrency: source },
        { ...siteOf('test', set.test), concurrency: target },
      ];
      const text = `from: dev\napps: ${ALL}\nto: [{ site: test, streams: [Review] }]\nconcurrency: ${spec}`;
      assert.equal((await set.run(text, { sites })).outcome, 'promoted');
      assert.deepEqual([exports.count, uploads.count], [8, 8]);
      assert.ok(exports.most <= most.exports, `${exports.most} exports at a time`);
      assert.ok(uploads.most <= most.uploads, `${uploads.most} uploads at a time`);
      assert.ok(exports.most > 1 || most.exports === 1, 'and not fewer than it may');
    }));
}

const TWO = 'from: dev\nto: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]';
const EVERYONE = { streams: ['Everyone'] };

test('sites: one export serves several sites, whose uploads go on at the same time', () =>
  onThree({ app: { size: '3 MB' }, prod: EVERYONE }, async set => {
    const seen: string[] = [];
    let open = 0;
    for (const site of [set.test, set.prod]) {
      const hook = () => {
        open += 1;
        seen.push(`${open}`);
      };
      site.faults.add({ path: /upload/, fault: { run: hook } });
      site.faults.add({ path: /upload/, fault: { delay: 100 } });
      site.faults.add({ path: /upload/, times: FOR_GOOD, fault: { run: () => {} } });
    }
    const report = await set.run(TWO);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(seen, ['1', '2'], 'the second began before the first one had its answer');
    assert.equal(set.dev.counters.count('POST', /export/), 1);
    const file = await set.dev.digest(set.app);
    assert.equal(await set.test.digest(appNamed(set.test, 'Demo Build').id), file);
    assert.equal(await set.prod.digest(appNamed(set.prod, 'Demo Build').id), file);
  }));

test('sites: one that takes its time does not hold up the other', () =>
  onThree({ prod: EVERYONE }, async set => {
    const order: string[] = [];
    set.prod.faults.add({ path: /upload/, fault: { delay: 400 } });
    for (const [name, site] of [
      ['test', set.test],
      ['prod', set.prod],
    ] as const) {
      site.faults.add({ path: /replace|publish/, fault: { run: () => order.push(name) } });
    }
    assert.equal((await set.run(TWO)).outcome, 'promoted');
    assert.deepEqual(order, ['test', 'prod']);
  }));

test('sites: while a site makes an export, the log says that it is waited for', () =>
  on({}, async set => {
    const waits: string[] = [];
    const waiting = (what: (time: string) => string) => {
      waits.push(what('30 s'));
      return () => {};
    };
    const log = { ...keepingLog(), waiting };
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Review] }]', { log });
    assert.equal(report.outcome, 'promoted');
    assert.ok(waits.includes('dev: export app "Demo Build", 30 s'), waits.join('\n'));
  }));

test('sites: an upload begins before the export is whole', () =>
  on({ app: { size: '4 MB' } }, async set => {
    let sentByThen = -1;
    set.dev.faults.add({ path: /tempcontent/, times: 1, fault: { stall: 1_000_000 } });
    const cancel = new AbortController();
    set.test.faults.add({
      path: /upload/,
      fault: {
        run: () => {
          sentByThen = set.dev.counters.bytesSent;
          cancel.abort();
        },
      },
    });
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Review] }]', {
      signal: cancel.signal,
    });
    assert.equal(report.outcome, 'failed');
    assert.ok(sentByThen >= 0 && sentByThen <= 1_000_000, `${sentByThen} bytes`);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('sites: what fails on one is done on the other, and only that one is done again', () =>
  onThree({ prod: EVERYONE }, async set => {
    set.prod.faults.add({ path: /upload/, times: FOR_GOOD, fault: { status: 403 } });
    const first = await set.run(`${TWO}\ndone: { tag: Promoted }`);
    assert.equal(first.outcome, 'failed');
    assert.match(first.failures.join('\n'), /Site "prod" refused to upload/);
    assert.ok(first.lines.includes('"Demo Build": not tagged "Promoted"'));
    set.prod.faults.clear();
    set.test.counters.reset();
    assert.equal((await set.run(`${TWO}\ndone: { tag: Promoted }`)).outcome, 'promoted');
    assert.equal(set.test.counters.count('POST', /./), 0);
    assert.deepEqual(shelf(set.prod), ['Demo Build@Everyone']);
  }));

for (const when of ['export', 'upload'] as const) {
  test(`sites: 429 and Retry-After are obeyed at an ${when}`, () =>
    on({}, async set => {
      const site = when === 'export' ? set.dev : set.test;
      site.faults.add({
        method: 'POST',
        path: new RegExp(when),
        times: 2,
        fault: { status: 429, headers: { 'Retry-After': '7' } },
      });
      const clock = quickClock();
      const report = await set.run('from: dev\nto: [{ site: test, streams: [Review] }]', { clock });
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      const waits = clock.waits.filter(ms => ms < BEAT);
      assert.deepEqual(waits, [7000, 7000]);
    }));
}

test('an archive counts as an export of the source site, for its limit', () =>
  on(
    { devApps: Array.from({ length: 6 }, (_, index) => ({ name: `Report ${index}`, size: 2000 })) },
    async set => {
      const exports = inFlight(set.dev, 'POST', /export/);
      const sites = [{ ...siteOf('dev', set.dev), concurrency: 1 }, siteOf('test', set.test)];
      const spec = `from: dev\napps: [{ filter: name sw 'Report' }]\nto: [{ site: test, streams: [Review] }]\nconcurrency: 6\narchive: ${JSON.stringify(set.folder)}`;
      assert.equal((await set.run(spec, { sites })).outcome, 'promoted');
      assert.equal(exports.count, 12);
      assert.equal(exports.most, 1);
    },
  ));

test('streams that every site has under one id do not make two sites one', () =>
  onThree({ prod: { streams: ['Everyone'] } }, async set => {
    // As of an installation: aaec8d41-… is the id of Everyone on every site.
    const id = 'aaec8d41-5201-43ab-809f-3063750dfafd';
    for (const { site } of [set.test, set.prod]) {
      const stream = [...site.streams.values()].find(({ name }) => name === 'Everyone') ?? assert.fail();
      site.streams.delete(stream.id);
      stream.id = id;
      site.streams.set(id, stream);
    }
    const report = await set.run(
      'from: dev\nto: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]',
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
  }));
