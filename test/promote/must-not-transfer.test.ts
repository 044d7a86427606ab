import assert from 'node:assert/strict';
import { changes, forgetCopies, PROPERTIES, shelf, tagsOf } from '../sites-for-tests.ts';
import { ASKS, asking, mustNot } from './must-not.ts';

const BROKEN_EXPORTS = [
  ['a web page', { answer: '<html>Sign in</html>', contentType: 'text/html' }],
  [
    'a web page under a false name',
    { answer: '<html>Sign in</html>', contentType: 'application/octet-stream' },
  ],
  ['an empty file', { answer: '', contentType: 'application/octet-stream' }],
  ['a truncated file', { truncate: 150_000 }],
  ['an error', { status: 500, body: 'Export failed' }],
] as const;

for (const [what, fault] of BROKEN_EXPORTS) {
  mustNot(`upload ${what} as an app`, {}, async on => {
    on.dev.faults.add({ path: /tempcontent/, times: Number.POSITIVE_INFINITY, fault });
    const report = await on.run();
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join(),
      /Site "dev" (refused|gave (no answer|an answer that cannot be used) when asked) to download app "Demo Build"/,
    );
    assert.deepEqual(shelf(on.test), ['Demo Build@Everyone']);
    assert.deepEqual(tagsOf(on.dev, on.app), []);
  });
}

mustNot('give up a promotion because one download broke off', {}, async on => {
  on.dev.faults.add({ path: /tempcontent/, fault: { truncate: 150_000 } });
  assert.equal((await on.run()).outcome, 'promoted');
  assert.equal(on.dev.counters.count('POST', /export/), 2, 'a download cannot be repeated: a new export');
});

mustNot('export again because an upload broke off', {}, async on => {
  on.test.faults.add({ path: /upload/, fault: { hangUp: 'before' } });
  assert.equal((await on.run()).outcome, 'promoted');
  assert.equal(on.dev.counters.count('POST', /export/), 1);
});

mustNot('leave the uploaded app behind when publishing fails', {}, async on => {
  on.test.faults.add({
    path: /publish/,
    times: Number.POSITIVE_INFINITY,
    fault: { status: 403, body: 'Forbidden' },
  });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.match(
    report.failures.join(),
    /refused to publish app "Demo Build" to stream "Review": 403 Forbidden/,
  );
  assert.match(report.failures.join(), /Has INTERNAL\\sa_api the Publish right on that stream\?/);
  assert.deepEqual(shelf(on.test), ['Demo Build@Everyone']);
});

mustNot('forget a working copy that cannot be deleted', asking('Test - Overwrite'), async on => {
  on.test.faults.add({ method: 'DELETE', times: Number.POSITIVE_INFINITY, fault: { status: 403 } });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  const [copy] = [...on.test.site.apps.values()].filter(({ name }) => name.startsWith('qrs-action'));
  assert.ok(copy);
  assert.ok(report.failures.join().includes(copy.id), 'it is named in the report');
  on.test.faults.clear();
  forgetCopies(on.test);
  await on.run();
  assert.deepEqual(shelf(on.test), ['Demo Build@Everyone'], 'a later run removes it');
});

const HOSTILE = [
  "O'Neil & Søns #1",
  '..\\..\\x',
  'a/b',
  '%2e%2e',
  '😀'.repeat(60),
  'C++ = 100%',
  '${{ secrets.X }}',
  '<b>|*x*',
];

for (const name of HOSTILE) {
  mustNot(
    `stumble over the name ${JSON.stringify(name.slice(0, 20))}`,
    {
      app: { name, properties: { PromoteToServer: ['Test - Overwrite'], PromoteToStream: [name] } },
      devData: {
        streams: ['Build'],
        tags: ['Promoted'],
        customProperties: { ...PROPERTIES, PromoteToStream: [name] },
      },
      testData: { streams: [name, 'Other'], apps: [{ name, stream: name }] },
    },
    async on => {
      const report = await on.run();
      assert.equal(report.outcome, 'promoted', report.failures.join());
      assert.deepEqual(shelf(on.test), [`${name}@${name}`]);
      const [app] = on.test.site.apps.values();
      assert.equal(await on.test.digest(app?.id ?? ''), await on.dev.digest(on.app));
    },
  );
}

mustNot(
  'upload once for each stream',
  {
    ...asking('Test - Overwrite', ['Everyone', 'Review', 'Foo', 'Bar']),
    testData: { streams: ['Everyone', 'Review', 'Foo', 'Bar'], apps: [] },
  },
  async on => {
    assert.equal((await on.run()).outcome, 'promoted');
    assert.equal(on.test.counters.count('POST', /upload/), 1);
    assert.equal(on.test.counters.count('POST', /copy/), 3);
    assert.equal(on.dev.counters.count('POST', /export/), 1);
    assert.equal(on.test.counters.bytesReceived < 400_000, true, 'one file of 300 kB');
    assert.equal(shelf(on.test).length, 4);
  },
);

mustNot('open a TLS session for each call', {}, async on => {
  await on.run();
  assert.ok(on.dev.counters.handshakes <= 2 && on.test.counters.handshakes <= 2);
  const calls = on.dev.counters.requests.length + on.test.counters.requests.length;
  assert.ok(calls <= 22, `${calls} requests`);
});

mustNot('send the same xrfkey at every call', {}, async on => {
  await on.run();
  const keys = on.test.counters.requests.map(({ query }) => /xrfkey=(\w+)/.exec(query)?.[1]);
  assert.equal(new Set(keys).size, keys.length);
});

mustNot('follow a download path to another host', {}, async on => {
  const answer = JSON.stringify({
    exportToken: on.app,
    appId: on.app,
    cancelled: false,
    downloadPath: '//elsewhere/x',
  });
  on.dev.faults.add({
    path: /export/,
    times: Number.POSITIVE_INFINITY,
    fault: { answer, contentType: 'application/json' },
  });
  const report = await on.run();
  assert.match(report.failures.join(), /the download path leads to another host/);
});

mustNot('download what nobody takes', { app: { size: '64 MB', properties: ASKS } }, async on => {
  on.test.faults.add({ path: /upload/, times: Number.POSITIVE_INFINITY, fault: { status: 403 } });
  const report = await on.run();
  assert.match(report.failures.join(), /refused to upload app "Demo Build"/);
  assert.ok(on.dev.counters.bytesSent < 64_000_000);
});

mustNot('upload again what is there, when there is no tag to tell', {}, async on => {
  const spec = 'from: dev\nto: [{ site: test, streams: [Everyone, Review] }]';
  assert.equal((await on.run(spec)).outcome, 'promoted');
  on.test.counters.reset();
  assert.equal((await on.run(spec)).outcome, 'nothing-to-do');
  assert.deepEqual(changes(on.test), []);
});
