import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Site } from '../../simulator/site/site.ts';
import { shelf } from '../sites-for-tests.ts';
import { appIn, on, reloadsEnd } from './scene.ts';

/** Another run that makes the same at the same moment: right before ours is made, theirs is there. */

const someone = (site: Site) => [...site.users.values()][0] ?? assert.fail('no user');

test('once: of two streams that two runs make at once, the older one is taken and the later one goes', () =>
  on({}, async set => {
    let theirs = '';
    set.test.faults.add({
      method: 'POST',
      path: /\/stream$/,
      fault: {
        run: site => {
          const stream = {
            ...site.stored(someone(site)),
            schemaPath: 'Stream' as const,
            name: 'New',
            owner: someone(site),
            tags: [],
            customProperties: [],
          };
          site.streams.set(stream.id, stream);
          theirs = stream.id;
        },
      },
    });
    const report = await set.run('from: dev\nto: [{ site: test, streams: [New] }]\nmissing-stream: create');
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const named = [...set.test.site.streams.values()].filter(({ name }) => name === 'New');
    assert.deepEqual(
      named.map(({ id }) => id),
      [theirs],
    );
    assert.equal(appIn(set.test, 'New').stream?.id, theirs);
  }));

test('once: of two tags likewise', () =>
  on({}, async set => {
    let theirs = '';
    set.test.faults.add({
      method: 'POST',
      path: /\/tag$/,
      fault: {
        run: site => {
          const tag = { ...site.stored(someone(site)), schemaPath: 'Tag' as const, name: 'released' };
          site.tags.set(tag.id, tag);
          theirs = tag.id;
        },
      },
    });
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Review] }]\ntags: [released]');
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const named = [...set.test.site.tags.values()].filter(({ name }) => name === 'released');
    assert.deepEqual(
      named.map(({ id }) => id),
      [theirs],
    );
  }));

test('once: a stream that somebody has put an app into stays, though it is the later one', () =>
  on({}, async set => {
    set.test.faults.add({
      method: 'POST',
      path: /\/stream$/,
      fault: {
        run: site => {
          const stream = {
            ...site.stored(someone(site)),
            schemaPath: 'Stream' as const,
            name: 'New',
            owner: someone(site),
            tags: [],
            customProperties: [],
          };
          site.streams.set(stream.id, stream);
        },
      },
    });
    // Right after ours was made, somebody moves an app there.
    set.test.faults.add({
      method: 'GET',
      path: /\/stream\/full$/,
      after: 1,
      fault: {
        run: site => {
          const ours = [...site.streams.values()].filter(({ name }) => name === 'New').at(-1);
          const app = appIn(set.test, 'Everyone');
          app.stream = ours ?? assert.fail('no stream');
        },
      },
    });
    await set.run('from: dev\nto: [{ site: test, streams: [New] }]\nmissing-stream: create\nname: Other');
    assert.equal([...set.test.site.streams.values()].filter(({ name }) => name === 'New').length, 2);
    assert.ok(shelf(set.test).includes('Demo Build@New'));
  }));

test('once: of two tasks for reloads by hand the oldest is taken, and that is said', () =>
  on({}, async set => {
    reloadsEnd(set.test, 'FinishedSuccess');
    const spec = 'from: dev\nto: [{ site: test, streams: [Everyone] }]\nreload: after';
    assert.equal((await set.run(spec)).outcome, 'promoted');
    const [first] = [...set.test.site.tasks.values()];
    assert.ok(first);
    const twin = { ...first, ...set.test.site.stored(someone(set.test.site)) };
    set.test.site.tasks.set(twin.id, twin);
    const app = appIn(set.test, 'Everyone');
    app.description = '';
    const report = await set.run(spec);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const started = set.test.counters.requests.filter(({ path }) => /start\/synchronous/.test(path)).at(-1);
    assert.match(started?.path ?? '', new RegExp(first.id));
  }));
