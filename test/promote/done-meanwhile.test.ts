import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addObject, objectsOf } from '../../simulator/site/app-objects.ts';
import type { Site } from '../../simulator/site/site.ts';
import { appsOn, shelf, tagsOf } from '../sites-for-tests.ts';
import { appNamed, appResults, edit, FOR_GOOD, on, type Scene } from './scene.ts';

/** `done` happens to what was carried out, whoever else is at work on the source app. */

const DATA = {
  streams: ['Build'],
  tags: ['frozen', 'Promoted'],
  users: ['COMPANY\\anna', 'COMPANY\\bert'],
  customProperties: {
    PromoteToServer: ['Test - Overwrite', 'Prod - Overwrite'],
    PromoteToStream: ['Everyone'],
    PromotionApproval: ['Approve', 'Deny'],
  },
  apps: [
    {
      name: 'Demo Build',
      stream: 'Build',
      owner: 'COMPANY\\anna',
      size: '9 KB',
      properties: {
        PromoteToServer: ['Test - Overwrite'],
        PromoteToStream: ['Everyone'],
        PromotionApproval: ['Approve'],
      },
    },
  ],
};
const STAGE = { devData: DATA };
const LIST = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';
const TAG = `${LIST}\ndone: { tag: Promoted }`;
const UNPUBLISH = `${LIST}\ndone: { unpublish: true }`;

const source = (set: Scene) => appNamed(set.dev, 'Demo Build');

/** Somebody does this right before the first request of a kind arrives. */
function meanwhile(set: Scene, method: string, path: RegExp, act: (site: Site) => void, after = 0): void {
  set.dev.faults.add({ method, path, after, fault: { run: act } });
}

function reloadsNow(set: Scene): void {
  const app = source(set);
  app.lastReloadTime = set.dev.site.now();
  app.modifiedDate = set.dev.site.now();
}

for (const conflict of ['newer', 'differs'] as const) {
  test(`a reload alone holds no tag back, nor does a tag of somebody else (conflict when ${conflict})`, () =>
    on({ ...STAGE, devSwitches: { conflict } }, async set => {
      set.dev.faults.add({ method: 'PUT', times: 3, fault: { run: () => reloadsNow(set) } });
      meanwhile(set, 'PUT', /app/, site => {
        const frozen = [...site.tags.values()].find(({ name }) => name === 'frozen') ?? assert.fail();
        const app = source(set);
        app.tags.push(frozen);
        app.modifiedDate = site.now();
      });
      const report = await set.run(TAG);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.deepEqual(tagsOf(set.dev, set.app).sort(), ['Promoted', 'frozen']);
      assert.deepEqual(report.warnings, []);
    }));
}

test('an edit of the script meanwhile: the targets count, the tag is not due, and the next run promotes the new one', () =>
  on(STAGE, async set => {
    meanwhile(set, 'PUT', /app/, () => edit(set.dev, source(set)));
    const report = await set.run(TAG);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(tagsOf(set.dev, set.app), []);
    assert.match(report.warnings.join('\n'), /not tagged "Promoted", as the app has changed since/);
    assert.ok(
      report.lines.includes('"Demo Build": not tagged "Promoted", as the app has changed since'),
      report.lines.join('\n'),
    );
    assert.equal(appResults(report)[0]?.tag, 'not due');
    assert.equal((await set.run(TAG)).outcome, 'promoted');
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    assert.equal(await set.test.digest(appNamed(set.test, 'Demo Build').id), await set.dev.digest(set.app));
  }));

test('where objects are not shown, the date decides: any change holds the tag back', () =>
  on({ ...STAGE, devSwitches: { objectsShown: 'none' } }, async set => {
    meanwhile(set, 'PUT', /app/, () => edit(set.dev, source(set)));
    assert.equal((await set.run(TAG)).outcome, 'promoted');
    assert.deepEqual(tagsOf(set.dev, set.app), []);
  }));

test('remove-properties takes the rows that were surveyed: a second target that is asked for meanwhile stays', () =>
  on(STAGE, async set => {
    const spec = `from: dev
when: { properties: { PromotionApproval: Approve } }
to: { properties: { server: PromoteToServer, stream: PromoteToStream } }
done: { remove-properties: true }`;
    meanwhile(set, 'PUT', /app/, site => {
      const app = source(set);
      const [row] = app.customProperties;
      app.customProperties.push({
        ...(row ?? assert.fail()),
        id: '11111111-2222-4333-8444-555555555555',
        value: 'Prod - Overwrite',
      });
      app.modifiedDate = site.now();
    });
    const report = await set.run(spec);
    assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
    const values = source(set).customProperties.map(({ value }) => value);
    assert.ok(values.includes('Prod - Overwrite'), values.join());
    assert.match(report.warnings.join('\n'), /the app has changed since/);
  }));

test('the tag stays on an app that asks again by now', () => {
  const [app] = DATA.apps;
  const apps = [
    { ...app, name: 'Demo Build', tags: ['Promoted'], properties: {} },
    { ...app, name: 'Another' },
  ];
  return on({ devData: { ...DATA, apps } }, async set => {
    const spec =
      'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }\ndone: { tag: Promoted }';
    meanwhile(set, 'GET', new RegExp(`/qrs/app/${set.app}$`), () => {
      source(set).customProperties.push(...appNamed(set.dev, 'Another').customProperties);
    });
    const report = await set.run(spec);
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted'], report.lines.join('\n'));
    assert.match(report.warnings.join('\n'), /asks again by now/);
  });
});

test('a tag that somebody sets again right after its removal is not called removed, and its app not to be promoted', () => {
  const [app] = DATA.apps;
  const apps = [{ ...app, name: 'Demo Build', tags: ['Promoted'], properties: {} }];
  return on({ devData: { ...DATA, apps } }, async set => {
    const [...tags] = source(set).tags;
    const written = new RegExp(`/qrs/app/${set.app}$`);
    meanwhile(set, 'PUT', written, () => {
      meanwhile(set, 'GET', /app\/full/, site =>
        Object.assign(source(set), { tags, modifiedDate: site.now() }),
      );
    });
    const report = await set.run(
      'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }\ndone: { tag: Promoted }',
    );
    assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
    const said = [...report.warnings, ...report.lines].join('\n');
    assert.match(said, /somebody has set the tag "Promoted" again/);
    assert.doesNotMatch(said, /next run promotes|tag removed/);
  });
});

const sheet = (kind: 'community' | 'private') => ({
  type: 'sheet',
  name: 'Mine',
  owner: 'COMPANY\\bert',
  kind,
});

test('unpublish: refused while other users have sheets in the app, unless the spec gives them up', () =>
  on(
    {
      devData: {
        ...DATA,
        apps: DATA.apps.map(app => ({ ...app, objects: [sheet('community'), sheet('private')] })),
      },
    },
    async set => {
      const refused = await set.run(UNPUBLISH);
      assert.equal(refused.outcome, 'failed');
      assert.match(
        refused.failures.join('\n'),
        /2 objects of their own in it \(COMPANY\\bert\).*others: lose/,
      );
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
      const meant = await set.run(UNPUBLISH.replace('unpublish: true', 'unpublish: { others: lose }'));
      assert.equal(meant.outcome, 'promoted', meant.failures.join('\n'));
      assert.deepEqual(shelf(set.dev), ['Demo Build@']);
    },
  ));

test('unpublish: refused where the site does not show what the app is made of', () =>
  on({ ...STAGE, devSwitches: { objectsShown: 'none' } }, async set => {
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /does not show INTERNAL\\sa_api what it is made of/);
    assert.equal((await set.run(UNPUBLISH.replace('true', '{ others: lose }'))).outcome, 'promoted');
  }));

test('unpublish: a site that does not show the copy of another owner keeps the app published, and the copy is named', () =>
  on({ ...STAGE, devSwitches: { unpublishedShown: 'own' } }, async set => {
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'failed');
    assert.ok(shelf(set.dev).includes('Demo Build@Build'));
    const copy =
      [...set.dev.site.apps.values()].find(({ published }) => !published) ?? assert.fail('no copy');
    const said = report.failures.join('\n');
    assert.match(
      said,
      /site "dev" does not show its copy, which was given to COMPANY\\anna\. Before the next run/,
    );
    // Its owner may have deleted it: the site shows neither.
    const where = `A copy of it (id ${copy.id}) may have stayed on site "dev", which does not show it.`;
    assert.ok(said.includes(where), said);
  }));

for (const [what, removal] of [
  ['keeps it all the same', { status: 204 }],
  ['refuses to delete it', { status: 403 }],
] as const) {
  test(`unpublish: a copy whose answer was lost is named where the site ${what}`, () =>
    on(STAGE, async set => {
      set.dev.faults.add({
        method: 'POST',
        path: /copy/,
        times: FOR_GOOD,
        fault: { refuse: 504, doneFirst: true },
      });
      set.dev.faults.add({ method: 'DELETE', path: /app/, times: FOR_GOOD, fault: removal });
      const report = await set.run(UNPUBLISH);
      assert.equal(report.outcome, 'failed');
      const copies = [...set.dev.site.apps.values()].filter(({ published }) => !published);
      assert.ok(copies.length > 0);
      for (const { id } of copies) assert.ok(report.failures.join('\n').includes(id), id);
    }));
}

test('unpublish: a copy that has become old is named where the site keeps it, and calls it deleted', () =>
  on(STAGE, async set => {
    meanwhile(set, 'PUT', /app/, () => reloadsNow(set));
    set.dev.faults.add({ method: 'DELETE', path: /app/, times: FOR_GOOD, fault: { status: 204 } });
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'failed');
    const copies = [...set.dev.site.apps.values()].filter(({ published }) => !published);
    assert.ok(copies.length > 0);
    for (const { id } of copies) assert.ok(report.failures.join('\n').includes(id), id);
  }));

test('unpublish: a sheet that somebody makes while it is promoted keeps the app published', () =>
  on(STAGE, async set => {
    const bert = [...set.dev.site.users.values()].find(({ userId }) => userId === 'bert') ?? assert.fail();
    meanwhile(set, 'POST', /copy/, site => {
      addObject(site, source(set), 'Mine', bert);
    });
    await set.run(UNPUBLISH);
    assert.ok(shelf(set.dev).includes('Demo Build@Build'));
    assert.ok(objectsOf(set.dev.site, source(set)).some(({ name }) => name === 'Mine'));
  }));

test('unpublish: what people change between the copy and the removal is copied anew, once', () =>
  on(STAGE, async set => {
    // A reload, so that the app still is what was promoted.
    meanwhile(set, 'PUT', /app/, () => reloadsNow(set));
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Demo Build@']);
    assert.equal(set.dev.counters.count('POST', /copy/), 2);
  }));

test('unpublish: a copy that has become old and cannot be removed is named', () =>
  on(STAGE, async set => {
    meanwhile(set, 'PUT', /app/, () => reloadsNow(set));
    set.dev.faults.add({ method: 'DELETE', path: /app/, times: FOR_GOOD, fault: { status: 403 } });
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'failed');
    const copies = [...set.dev.site.apps.values()].filter(({ published }) => !published);
    assert.equal(copies.length, 1, shelf(set.dev).join());
    for (const { id } of copies) assert.ok(report.failures.join('\n').includes(id), id);
  }));

test('unpublish: an edit right before the removal is not deleted with the app', () =>
  on(STAGE, async set => {
    meanwhile(set, 'PUT', /app/, () => edit(set.dev, source(set)));
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Demo Build@Build']);
    assert.match(report.warnings.join('\n'), /the app has changed since/);
  }));

test('unpublish: after a DELETE without a clear no the copy stays and is named, and the late removal loses nothing', () =>
  on(STAGE, async set => {
    const path = new RegExp(`/qrs/app/${set.app}$`);
    set.dev.faults.add({ method: 'DELETE', path, times: FOR_GOOD, fault: { status: 504 } });
    const report = await set.run(UNPUBLISH);
    assert.equal(report.outcome, 'failed');
    const copy = appsOn(set.dev).find(({ stream }) => stream === undefined) ?? assert.fail('no copy');
    assert.ok(report.failures.join('\n').includes(copy.id), report.failures.join('\n'));
    set.dev.site.apps.delete(set.app);
    assert.deepEqual(shelf(set.dev), ['Demo Build@']);
  }));

for (const [who, stays] of [
  ['nobody', false],
  ['its owner', true],
] as const) {
  test(`unpublish: a copy that an earlier run left, and in which ${who} has worked since, ${stays ? 'stays' : 'goes'}`, () =>
    on(STAGE, async set => {
      const path = new RegExp(`/qrs/app/${set.app}$`);
      set.dev.faults.add({ method: 'DELETE', path, times: 4, fault: { status: 504 } });
      assert.equal((await set.run(UNPUBLISH)).outcome, 'failed');
      const copy = set.dev.site.apps.values().find(({ published }) => !published) ?? assert.fail('no copy');
      if (stays) edit(set.dev, copy);
      const long = new Date(Date.now() - 3 * 3_600_000).toISOString();
      Object.assign(copy, { createdDate: long, modifiedDate: long });
      const report = await set.run(UNPUBLISH);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.equal(set.dev.site.apps.has(copy.id), stays);
      assert.equal(report.warnings.join('\n').includes(copy.id), stays);
      assert.equal(shelf(set.dev).length, stays ? 2 : 1);
    }));
}

test('unpublish: a clear no takes the copy back', () =>
  on(STAGE, async set => {
    const path = new RegExp(`/qrs/app/${set.app}$`);
    set.dev.faults.add({ method: 'DELETE', path, times: FOR_GOOD, fault: { status: 403 } });
    assert.equal((await set.run(UNPUBLISH)).outcome, 'failed');
    assert.deepEqual(shelf(set.dev), ['Demo Build@Build']);
  }));

test('unpublish: two runs at once give the owner one copy', () =>
  on(STAGE, async set => {
    await set.run(LIST);
    const reports = await Promise.all([set.run(UNPUBLISH), set.run(UNPUBLISH)]);
    for (const { outcome, failures } of reports) assert.notEqual(outcome, 'failed', failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Demo Build@']);
  }));
