import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../simulator/server.ts';
import { full } from '../../simulator/shown/render.ts';
import { type Stage, tagsOf } from '../sites-for-tests.ts';
import { asking, mustNot } from './must-not.ts';
import { appResults, edit, FOR_GOOD } from './scene.ts';

const UNPUBLISH =
  'from: dev\nto: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted, unpublish: true }';

/** The site answers as if it had done what it was asked. */
function lies({ faults }: Simulator, which: { method?: string; path?: RegExp }, answer = '{}'): void {
  faults.add({ ...which, times: FOR_GOOD, fault: { answer, contentType: 'application/json' } });
}

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
  lies(on.test, { path: /replace/ });
  const report = await on.run();
  assert.equal(report.outcome, 'failed');
  assert.match(report.failures.join(), /the app is as it was before/);
});

for (const contentHash of ['content', 'anew', 'none'] as const) {
  mustNot(
    `believe that of a version with the same data, where contentHash is "${contentHash}"`,
    { testSwitches: { contentHash } },
    async on => {
      const spec = 'from: dev\napps: event\nto: [{ site: test, streams: [Everyone] }]';
      assert.equal((await on.run(spec)).outcome, 'promoted');
      edit(on.dev, on.dev.site.apps.get(on.app) ?? assert.fail('no source'));
      lies(on.test, { path: /replace/ });
      const report = await on.run(spec);
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join(), /the app is as it was before/);
    },
  );
}

for (const contentHash of ['content', 'anew'] as const) {
  mustNot(
    `believe it because somebody touches that app then, where contentHash is "${contentHash}"`,
    { testSwitches: { contentHash } },
    async on => {
      const spec = 'from: dev\napps: event\nto: [{ site: test, streams: [Everyone] }]';
      assert.equal((await on.run(spec)).outcome, 'promoted');
      edit(on.dev, on.dev.site.apps.get(on.app) ?? assert.fail('no source'));
      const touch = (site: Stage['test']['site']) => {
        for (const app of site.apps.values()) if (app.published) app.modifiedDate = site.now();
      };
      on.test.faults.add({ path: /replace/, times: FOR_GOOD, fault: { run: touch } });
      lies(on.test, { path: /replace/ });
      assert.equal((await on.run(spec)).outcome, 'failed');
    },
  );
}

for (const isFirst of [true, false]) {
  mustNot(
    `believe a site that answers with the app as somebody touched it, ${isFirst ? 'with other' : 'with the same'} data`,
    {},
    async on => {
      const spec = 'from: dev\napps: event\nto: [{ site: test, streams: [Everyone] }]';
      if (!isFirst) {
        assert.equal((await on.run(spec)).outcome, 'promoted');
        edit(on.dev, on.dev.site.apps.get(on.app) ?? assert.fail('no source'));
      }
      const [target] = on.test.site.apps.values();
      const modifiedDate = new Date(Date.now() + 1000).toISOString();
      const run = () => Object.assign(target ?? assert.fail('no target'), { modifiedDate });
      on.test.faults.add({ path: /replace/, times: FOR_GOOD, fault: { run } });
      lies(
        on.test,
        { path: /replace/ },
        JSON.stringify({ ...full(target ?? assert.fail('no target')), modifiedDate }),
      );
      assert.equal((await on.run(spec)).outcome, 'failed');
    },
  );
}

for (const isTouched of [false, true]) {
  mustNot(
    `believe a site that says replaced when a run rolls back, and it is not so${isTouched ? ', though somebody touches the app' : ''}`,
    {},
    async on => {
      const folder = mkdtempSync(join(tmpdir(), 'qrs-action-believe-'));
      try {
        const spec = (streams: string) =>
          `from: dev\napps: event\nto: [{ site: test, streams: [${streams}] }]\nbackup: ${JSON.stringify(folder)}`;
        assert.equal((await on.run(spec('Everyone'))).outcome, 'promoted');
        edit(on.dev, on.dev.site.apps.get(on.app) ?? assert.fail('no source'));
        on.test.faults.add({ method: 'PUT', path: /publish/, times: FOR_GOOD, fault: { status: 403 } });
        const nothing = { answer: '{}', contentType: 'application/json' };
        on.test.faults.add({ path: /replace/, after: 1, times: FOR_GOOD, fault: nothing });
        const touch = (site: Stage['test']['site']) => {
          for (const app of site.apps.values()) if (app.published) app.modifiedDate = site.now();
        };
        if (isTouched)
          on.test.faults.add({ path: /replace/, after: 1, times: FOR_GOOD, fault: { run: touch } });
        const said = (await on.run(spec('Everyone, Review'))).failures.join('\n');
        assert.match(said, /could not be rolled back: site "test" does not show the old content/);
        assert.doesNotMatch(said, /was rolled back/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
}

mustNot(
  'believe a site that says published when it is not so',
  asking('Test - Overwrite', ['Review']),
  async on => {
    lies(on.test, { path: /publish/ });
    const report = await on.run();
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(tagsOf(on.dev, on.app), []);
  },
);

const TWO = {
  devApps: [{ name: 'Other', stream: 'Build', size: '10 KB' }],
  testData: { apps: ['Demo Build', 'Other'].map(name => ({ name, stream: 'Everyone', size: '20 KB' })) },
};
for (const [path, stream] of [
  [/replace/, 'Everyone'],
  [/publish/, 'Review'],
] as const) {
  mustNot(`call a site away that answers, and does not do what it says: ${path}`, TWO, async on => {
    lies(on.test, { method: 'PUT', path });
    const report = await on.run(
      `from: dev\napps: [{ name: Demo Build }, { name: Other }]\nto: [{ site: test, streams: [${stream}] }]`,
    );
    assert.equal(report.outcome, 'failed');
    assert.doesNotMatch(report.failures.join(), /is away|gave no answer/);
  });
}

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
    lies(on.test, { path: /replace/ });
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
  lies(on.dev, { method: 'PUT' }, answer);
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

const keeps = ({ faults }: Simulator, path: RegExp) =>
  faults.add({ method: 'DELETE', path, times: FOR_GOOD, fault: { status: 204 } });

mustNot('forget a working copy that a site keeps and calls deleted', asking('Test - Overwrite'), async on => {
  keeps(on.test, /app/);
  const report = await on.run();
  const copy = [...on.test.site.apps.values()].find(({ published }) => !published) ?? assert.fail('no copy');
  const said = [...report.failures, ...report.warnings].join('\n');
  assert.ok(said.includes(copy.id), said);
  const [left] = appResults(report).flatMap(({ targets }) =>
    targets.map(target => Object(target).leftBehind),
  );
  assert.deepEqual(
    left.map(({ id }: { id: string }) => id),
    [copy.id],
  );
});

mustNot('believe a site that says deleted when an app is unpublished, and it is not so', {}, async on => {
  keeps(on.dev, new RegExp(`/app/${on.app}$`));
  const report = await on.run(UNPUBLISH);
  assert.equal(report.outcome, 'failed');
  assert.doesNotMatch(report.lines.join('\n'), /"Demo Build": .*unpublished; its owner/);
  const copy = [...on.dev.site.apps.values()].find(({ published }) => !published) ?? assert.fail('no copy');
  assert.ok(report.failures.join('\n').includes(copy.id), 'the copy stays, and is named');
});

mustNot('believe a site that says deleted when a run rolls back, and it is not so', {}, async on => {
  on.test.faults.add({ method: 'POST', path: /start/, times: FOR_GOOD, fault: { status: 403 } });
  keeps(on.test, /app/);
  const spec =
    'from: dev\nto: [{ site: test, streams: [Review] }]\nreload: after\nrollback: true\nbackup: none';
  const report = await on.run(spec);
  assert.equal(report.outcome, 'failed');
  assert.ok([...on.test.site.apps.values()].some(({ stream }) => stream?.name === 'Review'));
  assert.doesNotMatch(report.failures.join('\n'), /was rolled back|is not in Review yet/);
});
