import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Stage, shelf, stage } from '../sites-for-tests.ts';
import { runStep, sitesInput } from './runner.ts';

/** What the post step does after the main step was killed, and that it does nothing after any other end. */

const SPEC = 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Review] }]';

async function on(check: (set: Stage) => Promise<void>): Promise<void> {
  const set = await stage();
  try {
    await check(set);
  } finally {
    await set.stop();
  }
}

const inputs = (set: Stage) => {
  const { sites, env } = sitesInput({ dev: set.dev, test: set.test });
  return { inputs: { promote: SPEC, sites, 'dry-run': 'false' }, env, post: true };
};

test('post: after a kill it removes the working copies and the files with data, and no one else’s copy', () =>
  on(async set => {
    const reached = Promise.withResolvers<void>();
    // The site is about to publish when the process dies.
    set.test.faults.add({ method: 'PUT', path: /\/publish$/, fault: { run: () => reached.resolve() } });
    set.test.faults.add({ method: 'PUT', path: /\/publish$/, fault: { status: 403 } });
    set.test.faults.add({ method: 'PUT', path: /\/publish$/, fault: { delay: 2000 } });
    const some = [...set.test.site.apps.values()][0] ?? assert.fail('no app');
    const other = `qrs-action working copy of ${set.app} (4712-1-abc, 1)`;
    const stored = set.test.site.stored(some.owner);
    set.test.site.apps.set(stored.id, { ...some, ...stored, name: other, published: false, stream: null });
    // The others' copy is younger than a run's own, so that it is not waited for.
    set.test.faults.add({
      method: 'POST',
      path: /\/upload$/,
      fault: {
        run: site => {
          const later = new Date(Date.now() + 60_000).toISOString();
          Object.assign(site.apps.get(stored.id) ?? {}, { createdDate: later });
        },
      },
    });
    const { post } = await runStep({
      ...inputs(set),
      meanwhile: async action => {
        await reached.promise;
        action.kill('SIGKILL');
        await once(action, 'exit');
        set.test.faults.clear();
      },
    });
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', `${other}@`], post.log);
    assert.deepEqual(post.files, []);
    assert.match(post.log, /removed the working copy/);
  }));

test('post: a working copy that a replace may still be reading stays, and says so', () =>
  on(async set => {
    const reached = Promise.withResolvers<void>();
    set.test.faults.add({ method: 'PUT', path: /\/replace$/, fault: { run: () => reached.resolve() } });
    set.test.faults.add({ method: 'PUT', path: /\/replace$/, fault: { delay: 2000 } });
    const given = inputs(set);
    const { post } = await runStep({
      ...given,
      inputs: { ...given.inputs, promote: SPEC.replace('Review', 'Everyone') },
      meanwhile: async action => {
        await reached.promise;
        action.kill('SIGKILL');
        await once(action, 'exit');
      },
    });
    assert.match(
      post.log,
      /::warning::A working copy stayed on site "test" .* a replace may still be reading it/,
    );
    assert.ok(
      shelf(set.test).some(name => name.endsWith('gave to an app)@')),
      post.log,
    );
  }));

test('post: after an orderly end it asks no site', () =>
  on(async set => {
    let requests = 0;
    const { code, log, post } = await runStep({
      ...inputs(set),
      meanwhile: async action => {
        await once(action, 'exit');
        requests = set.dev.counters.requests.length + set.test.counters.requests.length;
      },
    });
    assert.equal(code, 0, log);
    assert.equal(post.log, '');
    assert.equal(set.dev.counters.requests.length + set.test.counters.requests.length, requests);
  }));

test('post: names the site that it could not reach', () =>
  on(async set => {
    const reached = Promise.withResolvers<void>();
    set.test.faults.add({ method: 'POST', path: /\/upload$/, fault: { run: () => reached.resolve() } });
    set.test.faults.add({ method: 'POST', path: /\/upload$/, fault: { delay: 2000 } });
    const { post } = await runStep({
      ...inputs(set),
      meanwhile: async action => {
        await reached.promise;
        action.kill('SIGKILL');
        set.test.faults.add({ path: /app\/full/, times: Number.POSITIVE_INFINITY, fault: { status: 403 } });
      },
    });
    assert.match(post.log, /::warning::Working copies of run 4711-\S+ may be on site "test"/);
  }));
