import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { shelf, stage, tagsOf } from '../sites-for-tests.ts';
import { appNamed, attributesOf, on, pictureOf, reloadsEnd } from './scene.ts';

/** What nobody knows of QRS (docs/qrs.md 9): a promotion ends the same whatever the answer is. */
const UNKNOWNS: SwitchesInput[] = [
  { conflict: 'newer' },
  { conflict: 'differs' },
  { uploadSettles: 5 },
  { conflict: 'differs', uploadSettles: 1 },
  { tooManyUploads: 1 },
  { descriptionTravels: true },
  { descriptionTravels: false },
  { exportLength: true },
  { exportLength: false },
  { publishTwice: 403 },
  { publishRenames: true },
  { replaceName: 'source' },
  { replaceDescription: 'source' },
  { replaceAnswers: 'target' },
  { replaceAnswers: 'source' },
  { replaceAnswers: 'target', conflict: 'differs' },
  { replaceAnswers: 'source', conflict: 'differs' },
  ...(['target', 'source'] as const).map(replaceAnswers => ({
    replaceAnswers,
    replaceName: 'source' as const,
    replaceDescription: 'source' as const,
    descriptionTravels: true,
  })),
  { eqIgnoresCase: true },
  { plus: 'space' },
  { replaceTags: 'source' },
  { replaceProperties: 'source' },
  { replaceOwner: 'source' },
  { replaceTags: 'source', replaceProperties: 'source', replaceOwner: 'source', replaceAnswers: 'source' },
  { publishName: 'ignored' },
  { publishName: 'ignored', publishRenames: true },
  { copyTags: true, copyProperties: true },
];

/** What the replaced app is beside its content. */
const CATALOGUE = {
  users: ['COMPANY\\anna'],
  tags: ['Kept'],
  customProperties: { Stage: ['Dev', 'Test'] },
};
const OLD = {
  name: 'Demo Build',
  owner: 'COMPANY\\anna',
  tags: ['Kept'],
  properties: { Stage: ['Dev', 'Test'] },
};
const ITS_OWN = { owner: 'COMPANY\\anna', tags: ['Kept'], properties: ['Stage=Dev', 'Stage=Test'] };

const modes = ['Overwrite', 'Duplicate'] as const;

for (const switches of UNKNOWNS) {
  for (const mode of modes) {
    test(`${mode} with ${JSON.stringify(switches)}`, async () => {
      const properties = { PromoteToServer: [`Test - ${mode}`], PromoteToStream: ['Everyone', 'Review'] };
      const on = await stage({
        app: { properties, description: 'Made on dev' },
        devSwitches: switches,
        testSwitches: switches,
        testData: {
          streams: ['Everyone', 'Review', 'review'],
          ...CATALOGUE,
          apps: [
            { ...OLD, stream: 'Everyone', description: 'The old one' },
            { name: 'demo build', stream: 'Everyone' },
          ],
        },
      });
      try {
        const [target] = on.test.site.apps.values();
        const report = await on.run();
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
        const copies =
          mode === 'Duplicate' ? ['Demo Build@Everyone', 'Demo Build@Everyone'] : ['Demo Build@Everyone'];
        assert.deepEqual(shelf(on.test), [...copies, 'Demo Build@Review', 'demo build@Everyone']);
        const file = await on.dev.digest(on.app);
        const stamped = [...on.test.site.apps.values()].filter(({ description }) =>
          description.includes('[qrs-action]'),
        );
        assert.equal(stamped.length, 2);
        if (target) assert.deepEqual(attributesOf(target), ITS_OWN);
        for (const app of stamped) {
          // Where the description travels it is part of the file, and the stamp changes it.
          if (!switches.descriptionTravels) assert.equal(await on.test.digest(app.id), file);
          const text = app.id === target?.id ? 'The old one' : 'Made on dev';
          assert.ok(app.description.startsWith(`${text}\n[qrs-action]`), app.description);
        }
        assert.deepEqual(tagsOf(on.dev, on.app), ['Promoted']);
      } finally {
        await on.stop();
      }
    });
  }
}

for (const [answers, reads] of [
  ['target', 4],
  ['source', 5],
] as const) {
  test(`a replace that answers with the ${answers} costs ${reads} readings of apps`, async () => {
    const properties = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone'] };
    const on = await stage({ app: { properties }, testSwitches: { replaceAnswers: answers } });
    try {
      assert.equal((await on.run()).outcome, 'promoted');
      assert.equal(on.test.counters.count('GET', /^\/qrs\/app\/full$/), reads);
    } finally {
      await on.stop();
    }
  });
}

const sources: SwitchesInput = {
  replaceName: 'source',
  replaceDescription: 'source',
  replaceTags: 'source',
  replaceProperties: 'source',
  replaceOwner: 'source',
};

for (const replaceAnswers of ['target', 'source'] as const) {
  for (const switches of [{}, sources]) {
    test(`a rolled back app is itself again with ${JSON.stringify({ replaceAnswers, ...switches })}`, () =>
      on(
        {
          app: { description: 'Made on dev' },
          testSwitches: { replaceAnswers, ...switches },
          testData: {
            streams: ['Everyone'],
            ...CATALOGUE,
            apps: [{ ...OLD, stream: 'Everyone', description: 'The old one' }],
          },
        },
        async set => {
          const app = appNamed(set.test, 'Demo Build');
          const before = await pictureOf(set.test, app);
          reloadsEnd(set.test, 'FinishedFail');
          const report = await set.run(`
from: dev
to: [{ site: test, streams: [Everyone] }]
tags: [New]
custom-properties: { Stage: Test }
reload: after
rollback: true
backup: ${JSON.stringify(set.folder)}`);
          assert.equal(report.outcome, 'failed');
          assert.match(report.failures.join('\n'), /was rolled back/);
          assert.deepEqual(await pictureOf(set.test, app), before);
        },
      ));
  }
}
