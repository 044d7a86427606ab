import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressDigest } from '../../src/promote/version.ts';
import { shelf, siteOf } from '../sites-for-tests.ts';
import { appIn, appNamed, edit, on, onThree } from './scene.ts';

/** The line that a promotion leaves in a description; test/promote/stamp.test.ts has the line by itself. */

const spec = (more = '') => `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\n${more}`;
/** Without the letters of its digests. */
const plain = (text: string) => text.replace(/\([0-9a-f]{16}\)/, '(·)').replace(/, shows [0-9a-f]{16}/, '');
const stampOf = (text: string) => text.split('\n').filter(line => line.startsWith('[qrs-action]'));

test('stamps: says site, app, version and run, once, after the author’s text', () =>
  on({ app: { description: 'Made on dev' } }, async set => {
    const { id, modifiedDate } = appNamed(set.dev, 'Demo Build');
    await set.run(spec());
    const at = addressDigest(set.sites[0] ?? assert.fail());
    const line = `[qrs-action] from "dev" app ${id} of ${modifiedDate} (·), site ${at}, run run-1`;
    assert.equal(plain(appIn(set.test, 'Everyone').description), `The old one\n${line}`);
    assert.equal(plain(appIn(set.test, 'Review').description), `Made on dev\n${line}`);
    const app = appNamed(set.dev, 'Demo Build');
    edit(set.dev, app);
    await set.run(spec());
    const next = `[qrs-action] from "dev" app ${id} of ${app.modifiedDate} (·), site ${at}, run run-2`;
    assert.equal(plain(appIn(set.test, 'Everyone').description), `The old one\n${next}`);
    assert.equal(plain(appIn(set.test, 'Review').description), `Made on dev\n${next}`);
  }));

test('stamps: from site to site, the newest alone', () =>
  onThree({ app: { description: 'Made on dev' }, prod: { streams: ['Everyone'] } }, async set => {
    await set.run('from: dev\nto: [{ site: test, streams: [Review] }]');
    const there = appIn(set.test, 'Review');
    const sites = [siteOf('test', set.test), siteOf('prod', set.prod)];
    await set.run(`from: test\napps: [{ id: ${there.id} }]\nto: [{ site: prod, streams: [Everyone] }]`, {
      sites,
    });
    const { description } = appIn(set.prod, 'Everyone');
    assert.match(description, /^Made on dev\n/);
    const at = addressDigest(sites[0] ?? assert.fail());
    assert.deepEqual(stampOf(plain(description)), [
      `[qrs-action] from "test" app ${there.id} of ${there.modifiedDate} (·), site ${at}, run run-2`,
    ]);
  }));

test('stamps: describe: false leaves the description as it is, an earlier stamp included', () =>
  on({ app: { description: 'Made on dev' } }, async set => {
    await set.run(spec());
    const was = appIn(set.test, 'Everyone').description;
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]\ndescribe: false');
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(appIn(set.test, 'Everyone').description, was);
  }));

test('stamps: describe: false publishes the author’s text alone', () =>
  on({ app: { description: 'Made on dev' } }, async set => {
    await set.run('from: dev\nto: [{ site: test, streams: [Review] }]\ndescribe: false');
    assert.equal(appIn(set.test, 'Review').description, 'Made on dev');
  }));

test('stamps: a text of 512 characters is shortened, and no longer than QRS allows', () =>
  on({ app: { description: 'x'.repeat(512) } }, async set => {
    assert.equal((await set.run(spec())).outcome, 'promoted');
    const { description } = appIn(set.test, 'Review');
    assert.ok(description.length <= 512);
    assert.match(description, /^x+…\n\[qrs-action\] from "dev"/);
  }));

test('stamps: tell duplicate mode what is there, until the app changes or the stamp is gone', () =>
  on({}, async set => {
    const duplicate = 'from: dev\nto: [{ site: test, streams: [Review], mode: duplicate }]';
    const runs = async () => {
      const { outcome } = await set.run(duplicate);
      return [outcome, shelf(set.test).filter(name => name.endsWith('@Review')).length];
    };
    assert.deepEqual(await runs(), ['promoted', 1]);
    assert.deepEqual(await runs(), ['nothing-to-do', 1]);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    assert.deepEqual(await runs(), ['promoted', 2]);
    assert.deepEqual(await runs(), ['nothing-to-do', 2]);
    for (const app of set.test.site.apps.values()) app.description = '';
    assert.deepEqual(await runs(), ['promoted', 3]);
  }));

test('stamps: a stamp of another app, or one made up by hand, does not count', () =>
  on({}, async set => {
    const target = appIn(set.test, 'Everyone');
    const { modifiedDate } = appNamed(set.dev, 'Demo Build');
    for (const line of [
      `[qrs-action] from "dev" app 11111111-2222-4333-8444-555555555555 of ${modifiedDate}`,
      `[qrs-action] from "elsewhere" app ${set.app} of ${modifiedDate}`,
      `from "dev" app ${set.app} of ${modifiedDate}`,
    ]) {
      target.description = line;
      target.lastReloadTime = appNamed(set.dev, 'Demo Build').lastReloadTime;
      const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]');
      assert.equal(report.outcome, 'promoted', line);
    }
  }));

test('stamps: a site whose key was renamed is the site that it was', () =>
  on({}, async set => {
    const duplicate = (from: string) =>
      `from: ${from}\nto: [{ site: test, streams: [Review], mode: duplicate }]`;
    assert.equal((await set.run(duplicate('dev'))).outcome, 'promoted');
    const sites = set.sites.map(site => (site.name === 'dev' ? { ...site, name: 'development' } : site));
    const event = { id: set.app, site: undefined };
    assert.equal((await set.run(duplicate('development'), { sites, event })).outcome, 'nothing-to-do');
    for (const app of set.test.site.apps.values())
      app.description = app.description.replace(/, site \w{8}/, '');
    const named = sites.map(site => (site.name === 'development' ? { ...site, names: ['Dev'] } : site));
    assert.equal((await set.run(duplicate('development'), { sites: named, event })).outcome, 'nothing-to-do');
  }));
