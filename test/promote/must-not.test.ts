import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import {
  changes,
  forgetCopies,
  PROPERTIES,
  type Stage,
  type StageOptions,
  shelf,
  siteOf,
  stage,
  tagsOf,
} from '../sites-for-tests.ts';

/** What earlier promoters did wrong, each in a test that their behaviour fails. */

const ASKS = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

function mustNot(what: string, options: StageOptions, check: (on: Stage) => Promise<void>): void {
  test(`must not ${what}`, async () => {
    const on = await stage({ app: { properties: ASKS }, ...options });
    try {
      await check(on);
    } finally {
      await on.stop();
    }
  });
}

const asking = (server: string, stream = ['Everyone']) => ({
  app: { properties: { PromoteToServer: [server], PromoteToStream: stream } },
});

mustNot('read the mode as a part of a word', asking('Test - Disapproved overwrite list'), async on => {
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.deepEqual(changes(on.test), []);
});

mustNot('cut a site name at its first hyphen', asking('my-test - Overwrite'), async on => {
  const sites = [siteOf('dev', on.dev), siteOf('test', on.test, ['my-test'])];
  assert.equal((await on.run(undefined, { sites })).outcome, 'promoted');
});

mustNot('use a stream twice that is listed twice', {}, async on => {
  const report = await on.run(`
from: dev
to: [{ site: test, mode: duplicate, streams: [Review, Review] }]
done: { tag: Promoted }`);
  assert.equal(report.outcome, 'promoted');
  assert.deepEqual(shelf(on.test), ['Demo Build@Everyone', 'Demo Build@Review']);
});

for (const tags of [
  ['Promoted', 'Other'],
  ['Other', 'Promoted'],
]) {
  mustNot(
    `fail to take the tag off when it stands among others (${tags.join(', ')})`,
    { app: { tags }, devData: { tags: ['Promoted', 'Other'] } },
    async on => {
      await on.run();
      assert.deepEqual(tagsOf(on.dev, on.app), ['Other']);
    },
  );
}

mustNot('break when the tag cannot be taken off', { app: { tags: ['Promoted'] } }, async on => {
  on.dev.faults.add({
    method: 'PUT',
    times: Number.POSITIVE_INFINITY,
    fault: { status: 403, body: 'Forbidden' },
  });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.match(report.failures.join(), /refused to remove tag "Promoted".*403 Forbidden.*Update right/);
});

mustNot('fail for a tag that does not exist yet', { devData: { tags: [] } }, async on => {
  assert.equal((await on.run()).outcome, 'promoted');
  assert.deepEqual(tagsOf(on.dev, on.app), ['Promoted']);
});

mustNot('promote again because the tag could not be written', asking('Test - Duplicate'), async on => {
  on.dev.faults.add({ method: 'PUT', times: Number.POSITIVE_INFINITY, fault: { status: 403 } });
  const first = await on.run();
  assert.equal(first.outcome, 'failed');
  assert.match(first.failures.join(), /refused to change app "Demo Build": tag it "Promoted"/);
  on.dev.faults.clear();
  assert.equal((await on.run()).outcome, 'promoted');
  assert.deepEqual(shelf(on.test), ['Demo Build@Everyone', 'Demo Build@Everyone']);
  assert.equal(on.test.counters.count('POST', /upload/), 1);
});

for (const conflict of ['newer', 'differs'] as const) {
  mustNot(
    `write over somebody's edit, or forge a date (conflict when ${conflict})`,
    { devSwitches: { conflict } },
    async on => {
      on.dev.faults.add({
        method: 'PUT',
        fault: {
          run: site => {
            const app = site.apps.get(on.app) ?? assert.fail('gone');
            app.description = 'edited by somebody';
            app.modifiedDate = site.now();
          },
        },
      });
      const started = Date.now();
      assert.equal((await on.run()).outcome, 'promoted');
      const app = on.dev.site.apps.get(on.app);
      assert.equal(app?.description, 'edited by somebody');
      assert.deepEqual(tagsOf(on.dev, on.app), [], 'the new text is not promoted yet');
      const modified = Date.parse(app?.modifiedDate ?? '');
      assert.ok(modified >= started - 1000 && modified <= Date.now() + 1000);
    },
  );
}

test('must not call one success among failures promoted', async () => {
  const prod = await startSimulator({ name: 'prod', data: { streams: ['Everyone'] } });
  const properties = {
    PromoteToServer: ['Test - Overwrite', 'Prod - Overwrite'],
    PromoteToStream: ['Everyone'],
  };
  const on = await stage({ app: { properties }, more: [siteOf('prod', prod)] });
  try {
    prod.faults.add({ path: /publish/, times: Number.POSITIVE_INFINITY, fault: { status: 403 } });
    const report = await on.run();
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /Site "prod" refused to publish/);
    assert.deepEqual(tagsOf(on.dev, on.app), []);
    assert.deepEqual(shelf(prod), []);
    assert.equal(on.dev.counters.count('POST', /export/), 1);
    prod.faults.clear();
    on.test.counters.reset();
    assert.equal((await on.run()).outcome, 'promoted');
    assert.deepEqual(shelf(prod), ['Demo Build@Everyone']);
    assert.deepEqual(changes(on.test), [], 'the site that was done is left alone');
  } finally {
    await on.stop();
    await prod.stop();
  }
});

test('must not let the first target decide for the others', async () => {
  const prod = await startSimulator({ name: 'prod', data: { streams: ['Other'] } });
  const properties = {
    PromoteToServer: ['Prod - Overwrite', 'Test - Overwrite'],
    PromoteToStream: ['Everyone'],
  };
  const on = await stage({ app: { properties }, more: [siteOf('prod', prod)] });
  try {
    const report = await on.run();
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /site "prod" has none of the wanted streams: "Everyone"/);
    assert.deepEqual([...changes(on.test), ...changes(prod), ...changes(on.dev)], []);
  } finally {
    await on.stop();
    await prod.stop();
  }
});

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
      /Site "dev" (refused|gave no answer when asked) to download app "Demo Build"/,
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
  assert.ok(report.warnings.join().includes(copy.id), 'it is named in the report');
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

mustNot("lose the target's description, owner, tags or id", {}, async on => {
  const [target] = on.test.site.apps.values();
  const was = structuredClone(target) ?? assert.fail('no target');
  await on.run();
  const now = on.test.site.apps.get(was.id);
  assert.match(now?.description ?? '', /^The old one\n\[qrs-action\] from "dev" app /);
  assert.deepEqual(
    [now?.owner, now?.tags, now?.customProperties],
    [was.owner, was.tags, was.customProperties],
  );
});

mustNot('believe a site that says replaced when it is not so', asking('Test - Overwrite'), async on => {
  on.test.faults.add({
    path: /replace/,
    times: Number.POSITIVE_INFINITY,
    fault: { answer: '{}', contentType: 'application/json' },
  });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.match(report.failures.join(), /the app is as it was before/);
});

mustNot(
  'believe a site that says published when it is not so',
  asking('Test - Overwrite', ['Review']),
  async on => {
    on.test.faults.add({
      path: /publish/,
      times: Number.POSITIVE_INFINITY,
      fault: { answer: '{}', contentType: 'application/json' },
    });
    const report = await on.run();
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(tagsOf(on.dev, on.app), []);
  },
);

mustNot('replace the app by itself', {}, async on => {
  const report = await on.run('from: dev\nto: [{ site: dev, streams: [Build] }]');
  assert.equal(report.outcome, 'failed');
  assert.match(report.failures.join(), /would replace itself in stream "Build"/);
});

mustNot('take an app of another site for the one of the event', {}, async on => {
  await assert.rejects(
    on.run(undefined, { event: { id: on.app, site: 'test' } }),
    /about an app on site "test"/,
  );
});

mustNot('take an app of a site that nobody knows for the one of the event', {}, async on => {
  await assert.rejects(on.run(undefined, { event: { id: on.app, site: 'dve\n::error::x' } }), {
    name: 'InputError',
    message:
      'The event is about an app on site "dve\\n::error::x", which "sites" does not have. Known sites: dev, test.',
  });
});

mustNot('change anything in a dry run', {}, async on => {
  const report = await on.run(undefined, { dryRun: true });
  assert.equal(report.outcome, 'planned');
  assert.match(report.lines.join('\n'), /"Everyone": to be replaced .*\n.*"Review": to be published/);
  assert.deepEqual([...changes(on.dev), ...changes(on.test)], []);
});

mustNot('pass over a stream property that nobody defined', { app: { properties: ASKS } }, async on => {
  const spec = 'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToSteam } }';
  await assert.rejects(on.run(spec), /no custom property "PromoteToSteam". Did you mean "PromoteToStream"\?/);
});

mustNot('pass over a property that nobody defined', { app: {} }, async on => {
  const spec = 'from: dev\nto: { properties: { server: PromoteToSever, stream: PromoteToStream } }';
  await assert.rejects(on.run(spec), /no custom property "PromoteToSever". Did you mean "PromoteToServer"\?/);
});

const TWO: StageOptions = {
  app: { properties: ASKS },
  devApps: [
    { name: 'Demo Build', size: '100 KB' },
    { name: 'Other', properties: ASKS },
  ],
};

mustNot('let two apps of one name meet in a stream', TWO, async on => {
  const [first, second] = [...on.dev.site.apps.values()].filter(({ name }) => name === 'Demo Build');
  const spec = `
from: dev
apps: [{ id: ${first?.id} }, { id: ${second?.id} }]
to: [{ site: test, streams: [Everyone, Review] }]`;
  const report = await on.run(spec);
  assert.equal(report.outcome, 'failed');
  assert.match(
    report.failures.join(),
    /has the same name and goes to the same stream; promote one of the two/,
  );
  assert.deepEqual(changes(on.test), []);
});

mustNot('make the tag once for each app', { ...TWO, devData: { tags: [] } }, async on => {
  const spec = `
from: dev
apps: [{ name: Other }, { id: ${on.app} }]
to: { properties: { server: PromoteToServer, stream: PromoteToStream } }
done: { tag: Promoted }`;
  assert.equal((await on.run(spec)).outcome, 'promoted');
  assert.deepEqual(
    [...on.dev.site.tags.values()].map(({ name }) => name),
    ['Promoted'],
  );
});

mustNot('lose an edit that somebody makes on the target meanwhile', {}, async on => {
  const [target] = on.test.site.apps.values();
  on.test.faults.add({
    path: /upload/,
    fault: {
      run: site => {
        const app = site.apps.get(target?.id ?? '') ?? assert.fail('gone');
        app.description = 'Edited on test';
        app.modifiedDate = site.now();
      },
    },
  });
  assert.equal((await on.run()).outcome, 'promoted');
  assert.match(target?.description ?? '', /^Edited on test\n\[qrs-action\]/);
});

mustNot(
  'believe in a replace because somebody else touched the app',
  asking('Test - Overwrite'),
  async on => {
    const touch = (site: Stage['test']['site']) => {
      for (const app of site.apps.values()) if (app.published) app.modifiedDate = site.now();
    };
    on.test.faults.add({ path: /upload/, fault: { run: touch } });
    on.test.faults.add({
      path: /replace/,
      times: Number.POSITIVE_INFINITY,
      fault: { answer: '{}', contentType: 'application/json' },
    });
    const report = await on.run();
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /the app is as it was before/);
  },
);

mustNot('replace an app that was moved meanwhile', asking('Test - Overwrite'), async on => {
  const [target] = on.test.site.apps.values();
  const [, review] = on.test.site.streams.values();
  on.test.faults.add({
    path: /upload/,
    fault: {
      run: site => {
        const app = site.apps.get(target?.id ?? '') ?? assert.fail('gone');
        app.stream = review ?? null;
      },
    },
  });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.match(report.failures.join(), /moved, renamed or deleted since the plan was made/);
  assert.equal(on.test.counters.count('PUT', /replace/), 0);
});

mustNot('believe a site that says tagged when it is not so', asking('Test - Overwrite'), async on => {
  const app = on.dev.site.apps.get(on.app);
  const answer = JSON.stringify({ ...app, content: undefined });
  on.dev.faults.add({
    method: 'PUT',
    times: Number.POSITIVE_INFINITY,
    fault: { answer, contentType: 'application/json' },
  });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.match(
    report.failures.join(),
    /accepted the change of app "Demo Build" \(its tags or properties\), but does not show it/,
  );
});

mustNot('believe a site that says stamped when it is not so', asking('Test - Overwrite'), async on => {
  const [target] = on.test.site.apps.values();
  const answer = JSON.stringify({ ...target, content: undefined });
  const path = new RegExp(`/qrs/app/${target?.id}$`);
  on.test.faults.add({
    method: 'PUT',
    path,
    times: Number.POSITIVE_INFINITY,
    fault: { answer, contentType: 'application/json' },
  });
  const report = await on.run();
  assert.equal(report.outcome, 'promoted', 'a stamp that does not stay is no reason to put anything back');
  assert.match(report.warnings.join(), /took the stamp out of its description/);
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

mustNot('take an app for refreshed whose data were reloaded on the target', {}, async on => {
  const spec = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';
  await on.run(spec);
  const [target] = on.test.site.apps.values();
  if (target) target.lastReloadTime = '2026-11-22T00:00:00.000Z';
  assert.equal((await on.run(`${spec}\ndata: refresh`)).outcome, 'promoted');
});

mustNot('pass over two addresses of one site', {}, async on => {
  const sites = [
    ...on.sites,
    { ...siteOf('twin', on.test), url: on.test.url.replace('localhost', '127.0.0.1') },
  ];
  const spec = 'from: dev\nto: [{ site: test, streams: [Everyone] }, { site: twin, streams: [Everyone] }]';
  const report = await on.run(spec, { sites, dryRun: true });
  assert.match(
    report.warnings.join(),
    /Sites "test" and "twin" have the very same app and the same central node/,
  );
});
