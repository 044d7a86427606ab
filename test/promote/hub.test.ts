import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../sites-for-tests.ts';

const SPEC = 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\n';

test('hub: the page of the one app that went to the one site, also when it was there already', async () => {
  const set = await stage();
  try {
    const sites = set.sites.map(site => ({ ...site, hub: 'https://qlik.company.com' }));
    const [there] = set.test.site.apps.values();
    const url = `https://qlik.company.com/sense/app/${there?.id}`;
    assert.equal((await set.run(SPEC, { sites, dryRun: true })).url, undefined, 'nothing is promoted yet');
    assert.equal((await set.run(SPEC, { sites })).url, url);
    assert.equal((await set.run(SPEC, { sites })).url, url);
    assert.equal((await set.run(SPEC)).url, undefined, 'nobody says where the hub is');
  } finally {
    await set.stop();
  }
});

test('hub: of several apps none is the one', async () => {
  const set = await stage({ devApps: [{ name: 'Other', stream: 'Build', size: '10 KB' }] });
  try {
    const sites = set.sites.map(site => ({ ...site, hub: 'https://qlik.company.com' }));
    const report = await set.run(SPEC.replace('}]', '}, { name: Other }]'), { sites });
    assert.equal(report.outcome, 'promoted');
    assert.equal(report.url, undefined);
  } finally {
    await set.stop();
  }
});
