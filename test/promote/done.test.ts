import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appsOn, changes, shelf, tagsOf } from '../sites-for-tests.ts';
import { appNamed, attributesOf, FOR_GOOD, on, pictureOf, pictures } from './scene.ts';

/** What becomes of the source app: tag, properties, unpublish; approval and denial. */

const ASKS = {
  PromoteToServer: ['Test - Overwrite'],
  PromoteToStream: ['Everyone', 'Review'],
  PromotionApproval: ['Approve'],
  Area: ['North'],
};
const DATA = {
  streams: ['Build'],
  tags: ['release'],
  users: ['COMPANY\\anna'],
  customProperties: {
    PromoteToServer: ['Test - Overwrite'],
    PromoteToStream: ['Everyone', 'Review'],
    PromotionApproval: ['Approve', 'Deny'],
    Area: ['North'],
  },
  apps: [
    {
      name: 'Demo Build',
      description: 'Made by Anna',
      stream: 'Build',
      owner: 'COMPANY\\anna',
      size: '300 KB',
      tags: ['release'],
      properties: ASKS,
    },
  ],
};
const STAGE = { devData: DATA };
const PROPERTIES = 'to: { properties: { server: PromoteToServer, stream: PromoteToStream } }';
const LIST = 'to: [{ site: test, streams: [Everyone, Review] }]';

test('remove-properties: those that the spec reads leave the app, and no other', () =>
  on(STAGE, async set => {
    const report = await set.run(`
from: dev
when: { properties: { PromotionApproval: Approve } }
${PROPERTIES}
done: { remove-properties: true }`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const app = appNamed(set.dev, 'Demo Build');
    assert.deepEqual(attributesOf(app), {
      owner: 'COMPANY\\anna',
      tags: ['release'],
      properties: ['Area=North'],
    });
    assert.equal(app.description, 'Made by Anna');
    for (const name of ['PromotionApproval', 'PromoteToServer', 'PromoteToStream']) {
      assert.ok(report.lines.includes(`"Demo Build": property ${name} removed`), report.lines.join('\n'));
    }
    set.test.counters.reset();
    const again = await set.run(`from: dev\n${PROPERTIES}\ndone: { remove-properties: true }`);
    assert.equal(again.outcome, 'nothing-to-do');
    assert.deepEqual(changes(set.test), []);
  }));

test('remove-properties: of a spec that decides itself, those of its condition', () =>
  on(STAGE, async set => {
    const report = await set.run(
      `from: dev\nwhen: { properties: { PromotionApproval: Approve } }\n${LIST}\ndone: { tag: Promoted, remove-properties: true }`,
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const { tags, properties } = attributesOf(appNamed(set.dev, 'Demo Build'));
    assert.deepEqual(tags, ['Promoted', 'release']);
    assert.deepEqual(properties, [
      'Area=North',
      'PromoteToServer=Test - Overwrite',
      'PromoteToStream=Everyone',
      'PromoteToStream=Review',
    ]);
    assert.equal(set.dev.counters.count('PUT', /app/), 1, 'tag and properties in one write');
  }));

test('remove-properties: nothing leaves an app that is not on all its targets', () =>
  on(STAGE, async set => {
    set.test.faults.add({ path: /publish/, times: FOR_GOOD, fault: { status: 403 } });
    const before = await pictures(set.dev);
    const report = await set.run(
      `from: dev\n${PROPERTIES}\ndone: { tag: Promoted, remove-properties: true }`,
    );
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(await pictures(set.dev), before);
  }));

for (const conflict of ['newer', 'differs'] as const) {
  test(`remove-properties: an edit meanwhile is not lost (conflict when ${conflict})`, () =>
    on({ ...STAGE, devSwitches: { conflict } }, async set => {
      set.dev.faults.add({
        method: 'PUT',
        fault: {
          run: site => {
            const app = appNamed(set.dev, 'Demo Build');
            app.description = 'Edited';
            app.modifiedDate = site.now();
          },
        },
      });
      const report = await set.run(`from: dev\n${PROPERTIES}\ndone: { remove-properties: true }`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      const app = appNamed(set.dev, 'Demo Build');
      assert.equal(app.description, 'Edited');
      assert.equal(attributesOf(app).properties.length, 5, 'what is asked of the new text stays');
      assert.match(report.warnings.join('\n'), /the app has changed since/);
    }));
}

test('remove-properties: a site that says done when it is not so is not believed', () =>
  on(STAGE, async set => {
    const answer = JSON.stringify({ ...appNamed(set.dev, 'Demo Build'), content: undefined });
    set.dev.faults.add({
      method: 'PUT',
      times: FOR_GOOD,
      fault: { answer, contentType: 'application/json' },
    });
    const report = await set.run(`from: dev\n${PROPERTIES}\ndone: { remove-properties: true }`);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /accepted the change .* but does not show it/);
  }));

const DENIAL = `
from: dev
when: { properties: { PromotionApproval: Deny } }
to: []
done: { tag: Denied, remove-properties: true }`;

test('denial: only `done` happens, once', () =>
  on(STAGE, async set => {
    const untouched = await pictures(set.test);
    const approved = await set.run(DENIAL);
    assert.equal(approved.outcome, 'nothing-to-do');
    assert.match(approved.lines.join('\n'), /its property PromotionApproval is "Approve", not "Deny"/);
    for (const row of appNamed(set.dev, 'Demo Build').customProperties) {
      if (row.definition.name === 'PromotionApproval') row.value = 'Deny';
    }
    const plan = await set.run(DENIAL, { dryRun: true });
    assert.equal(plan.outcome, 'planned');
    const report = await set.run(DENIAL);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(report.lines, [
      '"Demo Build": tagged "Denied"',
      '"Demo Build": property PromotionApproval removed',
    ]);
    assert.deepEqual(tagsOf(set.dev, set.app).sort(), ['Denied', 'release']);
    assert.equal(set.dev.counters.count('POST', /export/), 0);
    assert.deepEqual(set.test.counters.requests, []);
    assert.deepEqual(await pictures(set.test), untouched);
    set.dev.counters.reset();
    assert.equal((await set.run(DENIAL)).outcome, 'nothing-to-do');
    assert.deepEqual(changes(set.dev), []);
  }));

const UNPUBLISH = `from: dev\nwhen: { published: true }\n${LIST}\ndone: { tag: Promoted, unpublish: true }`;

test('unpublish: the owner has the app back, and the published one is gone', () =>
  on(STAGE, async set => {
    const was = await pictureOf(set.dev, appNamed(set.dev, 'Demo Build'));
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Demo Build@']);
    const copy = appNamed(set.dev, 'Demo Build');
    assert.notEqual(copy.id, was.id);
    assert.equal(await set.dev.digest(copy.id), was.digest);
    assert.equal(copy.owner.userId, 'anna');
    assert.ok(tagsOf(set.dev, copy.id).includes('Promoted'));
    assert.ok(report.lines.includes(`"Demo Build": unpublished; its owner has it as ${copy.id}`));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
  }));

test('unpublish: the copy is read back before the removal', () =>
  on(STAGE, async set => {
    let there: { name: string; stream: string | undefined; id: string }[] = [];
    set.dev.faults.add({
      method: 'DELETE',
      path: new RegExp(`/qrs/app/${set.app}$`),
      fault: {
        run: () => {
          there = appsOn(set.dev);
        },
      },
    });
    await set.run(UNPUBLISH);
    const copy = there.find(({ stream }) => stream === undefined);
    assert.equal(copy?.name, 'Demo Build');
    const removal = set.dev.counters.requests.findIndex(
      ({ method, path }) => method === 'DELETE' && path.endsWith(set.app),
    );
    const before = set.dev.counters.requests
      .slice(0, removal)
      .filter(({ path, query }) => `${path} ${decodeURIComponent(query)}`.includes(copy?.id ?? '-'))
      .map(({ method }) => method);
    assert.ok(removal > 0);
    assert.ok(before.includes('PUT'));
    assert.equal(before.at(-1), 'GET', 'it was read after it was written');
  }));

test('unpublish: a copy that is not as it should be keeps the published app', () =>
  on(STAGE, async set => {
    const answer = JSON.stringify({ ...appNamed(set.dev, 'Demo Build'), content: undefined });
    set.dev.faults.add({
      method: 'PUT',
      times: FOR_GOOD,
      fault: { answer, contentType: 'application/json' },
    });
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /the copy is not as it should be/);
    assert.deepEqual(shelf(set.dev), ['Demo Build@Build']);
  }));

test('unpublish: the next run leaves the unpublished app alone', () =>
  on(STAGE, async set => {
    await set.run(UNPUBLISH);
    const before = await pictures(set.dev);
    const byName = UNPUBLISH.replace('from: dev', 'from: dev\napps: [{ name: Demo Build }]');
    assert.equal((await set.run(byName)).outcome, 'nothing-to-do');
    assert.equal((await set.run(byName.replace('tag: Promoted, ', ''))).outcome, 'nothing-to-do');
    assert.deepEqual(await pictures(set.dev), before);
  }));

test('unpublish: an app that is not published is refused', () =>
  on({ app: {} }, async set => {
    const app = appNamed(set.dev, 'Demo Build');
    Object.assign(app, { published: false, stream: null });
    const report = await set.run(UNPUBLISH.replace('when: { published: true }\n', ''));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /it is not published, so it cannot be unpublished/);
    assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
  }));

test('unpublish: an app that is not on all its targets stays published', () =>
  on(STAGE, async set => {
    set.test.faults.add({ path: /publish/, times: FOR_GOOD, fault: { status: 403 } });
    const before = await pictures(set.dev);
    assert.equal((await set.run(UNPUBLISH)).outcome, 'failed');
    assert.deepEqual(await pictures(set.dev), before);
  }));

test('unpublish: the owner’s app has the text, tags and properties that the published one had', () =>
  on(STAGE, async set => {
    assert.equal((await set.run(UNPUBLISH)).outcome, 'promoted');
    const app = appNamed(set.dev, 'Demo Build');
    assert.deepEqual(
      { description: app.description, ...attributesOf(app) },
      {
        description: 'Made by Anna',
        owner: 'COMPANY\\anna',
        tags: ['Promoted', 'release'],
        properties: Object.entries(ASKS)
          .flatMap(([name, values]) => values.map(value => `${name}=${value}`))
          .sort(),
      },
    );
  }));

test('unpublish: with remove-properties, the owner’s app has the others', () =>
  on(STAGE, async set => {
    const spec = `from: dev\n${PROPERTIES}\ndone: { remove-properties: true, unpublish: true }`;
    const report = await set.run(spec);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(attributesOf(appNamed(set.dev, 'Demo Build')).properties, [
      'Area=North',
      'PromotionApproval=Approve',
    ]);
  }));

test('unpublish: cancelled in the middle: the published app is there, a copy is named, and goes with the next run', () =>
  on(STAGE, async set => {
    const cancel = new AbortController();
    set.dev.faults.add({ path: /copy/, fault: { run: () => cancel.abort() } });
    const report = await set.run(UNPUBLISH, { signal: cancel.signal });
    assert.equal(report.outcome, 'failed');
    assert.ok(shelf(set.dev).includes('Demo Build@Build'));
    const copies = appsOn(set.dev).filter(({ stream }) => stream === undefined);
    const told = [...report.failures, ...report.warnings].join('\n');
    for (const { id, name } of copies) assert.ok(told.includes(id) || told.includes(name), told);
    const again = await set.run(UNPUBLISH);
    assert.equal(again.outcome, 'promoted', again.failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Demo Build@']);
  }));

test('unpublish: an unpublished app of the owner’s own, of the same name, is not touched', () =>
  on(
    {
      devData: { ...DATA, apps: [...DATA.apps, { ...DATA.apps[0], name: 'Demo Build', stream: undefined }] },
    },
    async set => {
      const mine = [...set.dev.site.apps.values()].find(({ published }) => !published) ?? assert.fail();
      const before = await pictureOf(set.dev, mine);
      const spec = UNPUBLISH.replace('from: dev', "from: dev\napps: [{ filter: name eq 'Demo Build' }]");
      assert.equal((await set.run(spec)).outcome, 'promoted');
      assert.deepEqual(await pictureOf(set.dev, mine), before);
      assert.deepEqual(shelf(set.dev), ['Demo Build@', 'Demo Build@']);
    },
  ));
