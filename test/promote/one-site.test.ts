import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteData } from '../../simulator/site/data.ts';
import { changes, type StageOptions, shelf, siteOf } from '../sites-for-tests.ts';
import { appNamed, edit, on } from './scene.ts';

/** Source and target are one site: the field's most common layout. */

const DEV: Partial<SiteData> = {
  streams: ['Build', 'Prod'],
  tags: ['Promoted'],
  users: ['COMPANY\\anna'],
  apps: [{ name: 'Sales', stream: 'Build', size: '9 KB' }],
};
const STAGE: StageOptions = { devData: DEV };
const SPEC = 'from: dev\napps: [{ name: Sales }]\nto: [{ site: dev, streams: [Prod] }]';

test('one site, by name: again and again, and a new version replaces the promoted one', () =>
  on(STAGE, async set => {
    const first = await set.run(SPEC);
    assert.equal(first.outcome, 'promoted', first.failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Sales@Build', 'Sales@Prod']);
    assert.equal((await set.run(SPEC)).outcome, 'nothing-to-do');
    edit(set.dev, set.dev.site.apps.get(set.app) ?? assert.fail());
    const second = await set.run(SPEC);
    assert.equal(second.outcome, 'promoted', second.failures.join('\n'));
    assert.deepEqual(shelf(set.dev), ['Sales@Build', 'Sales@Prod']);
    const live = [...set.dev.site.apps.values()].find(({ stream }) => stream?.name === 'Prod');
    assert.equal(await set.dev.digest(live?.id ?? ''), await set.dev.digest(set.app));
  }));

test('one site: nothing travels, a copy on the site does', () =>
  on(STAGE, async set => {
    await set.run(SPEC);
    assert.equal(set.dev.counters.count('POST', /export|upload/), 0);
    assert.ok(set.dev.counters.count('POST', /copy/) > 0);
  }));

for (const more of ['data: drop', 'connections: drop']) {
  test(`one site: ${more} needs an export`, () =>
    on(STAGE, async set => {
      const report = await set.run(`${SPEC}\n${more}`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.equal(set.dev.counters.count('POST', /upload/), 1);
    }));
}

test('one site: a user who does not see the script exports, as a copy would not have it', () =>
  on(
    {
      devData: { ...DEV, apps: [{ name: 'Sales', stream: 'Build', size: '9 KB', owner: 'COMPANY\\anna' }] },
      devSwitches: { objectsShown: 'withoutScript' },
    },
    async set => {
      const report = await set.run(SPEC);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.equal(set.dev.counters.count('POST', /upload/), 1);
    },
  ));

test('two entries with one address are one site', () =>
  on(STAGE, async set => {
    const sites = [...set.sites, siteOf('prod', set.dev)];
    const spec = SPEC.replace('site: dev', 'site: prod');
    assert.equal((await set.run(spec, { sites })).outcome, 'promoted');
    assert.equal(set.dev.counters.count('POST', /upload/), 0);
    assert.equal((await set.run(spec, { sites })).outcome, 'nothing-to-do');
    const both =
      'from: dev\napps: [{ name: Sales }]\nto: [{ site: dev, streams: [Prod] }, { site: prod, streams: [Prod] }]';
    const refused = await set.run(both, { sites });
    assert.equal(refused.outcome, 'failed');
    assert.match(refused.failures.join('\n'), /sites "dev" and "prod" have one address/);
  }));

test('several apps of one name that stand elsewhere are refused with their streams, and told apart by stream', () =>
  on(
    {
      devData: {
        ...DEV,
        streams: ['Build', 'Other', 'Prod'],
        apps: [
          { name: 'Sales', stream: 'Build', size: '9 KB' },
          { name: 'Sales', stream: 'Other', size: '9 KB' },
        ],
      },
    },
    async set => {
      const refused = await set.run(SPEC);
      assert.equal(refused.outcome, 'failed');
      assert.match(
        refused.failures.join('\n'),
        /There are 2 apps called "Sales".*"(Build|Other)", "(Build|Other)"/,
      );
      assert.deepEqual(changes(set.dev), []);
      const told = await set.run(SPEC.replace('name: Sales', 'name: Sales, stream: Other'));
      assert.equal(told.outcome, 'promoted', told.failures.join('\n'));
      const none = await set.run(SPEC.replace('name: Sales', 'name: Sales, stream: Nowhere'));
      assert.match(none.failures.join('\n'), /no app called "Sales" in stream "Nowhere"/);
    },
  ));

test('one site: an app that would replace itself is refused', () =>
  on({ devData: { ...DEV, apps: [{ name: 'Sales', stream: 'Prod', size: '9 KB' }] } }, async set => {
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /would replace itself/);
    assert.equal(appNamed(set.dev, 'Sales').stream?.name, 'Prod');
  }));

for (const cloned of [true, false]) {
  test(`two addresses with the very same app: ${cloned ? 'a clone is another site' : 'one site is said to be one, for the source too'}`, () =>
    on(STAGE, async set => {
      const url = set.dev.url.replace('localhost', '127.0.0.1');
      const sites = [...set.sites, { ...siteOf('twin', set.dev), url }];
      if (cloned) {
        // The other site answers as its own machine.
        const node = { id: set.dev.site.nodeId, isCentral: true };
        const answer = (hostName: string) => JSON.stringify([{ ...node, hostName }]);
        for (const host of ['qlik-dev', 'qlik-twin'])
          set.dev.faults.add({
            path: /servernodeconfiguration/,
            fault: { answer: answer(host), contentType: 'application/json' },
          });
      }
      const spec = 'from: dev\napps: [{ name: Sales }]\nto: [{ site: twin, streams: [Build] }]';
      const { warnings } = await set.run(spec, { sites, dryRun: true });
      const said = warnings.some(line =>
        /Sites "dev" and "twin".*same central node, qlik-dev\.company\.com/.test(line),
      );
      assert.equal(said, !cloned, warnings.join('\n'));
    }));
}
