import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { changes, type StageOptions, shelf, siteOf, stage, tagsOf } from '../sites-for-tests.ts';
import { ASKS, asking, mustNot } from './must-not.ts';

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
  await assert.rejects(
    on.run(spec),
    /no custom property "PromoteToSteam", or .* may not read it\. Did you mean "PromoteToStream"\?/,
  );
});

mustNot('pass over a property that nobody defined', { app: {} }, async on => {
  const spec = 'from: dev\nto: { properties: { server: PromoteToSever, stream: PromoteToStream } }';
  await assert.rejects(
    on.run(spec),
    /no custom property "PromoteToSever", or .* may not read it\. Did you mean "PromoteToServer"\?/,
  );
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
