import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../src/base/report.ts';
import { check } from '../../src/check/check.ts';
import { QUESTIONS } from '../../src/check/questions.ts';
import { keepingLog, quickClock, type Stage, type StageOptions, stage } from '../sites-for-tests.ts';

/** What is on a site, whole: a trial must leave all of it as it was. */
const everything = ({ site }: Stage['dev']) =>
  JSON.stringify(
    [...site.apps.values()].map(({ id, name, description, modifiedDate, stream }) => [
      id,
      name,
      description,
      modifiedDate,
      stream?.name,
    ]),
  );

async function tried(
  options: StageOptions,
  look: (report: Report, answers: string, set: Stage) => void,
  write = 'Everyone',
) {
  const set = await stage(options);
  const folder = mkdtempSync(join(tmpdir(), 'qrs action check '));
  const file = join(folder, 'the answers.md');
  try {
    const before = everything(set.test);
    const report = await check(
      { names: ['test'], spec: undefined, request: undefined, write, report: file },
      {
        sites: set.sites,
        event: undefined,
        folder,
        run: 'run-1',
        clock: quickClock(),
        signal: new AbortController().signal,
        log: keepingLog(),
      },
    );
    look(report, readFileSync(file, 'utf8'), set);
    assert.equal(everything(set.test), before, 'what was made is gone, and all else is as it was');
  } finally {
    await set.stop();
    rmSync(folder, { recursive: true });
  }
}

test('check --write: does what a promotion does, and leaves nothing behind', () =>
  tried({}, report => {
    assert.equal(report.outcome, 'checked', report.failures.join('\n'));
    const said = report.lines.join('\n');
    for (const step of [
      'copy an app',
      'update it',
      'export it',
      'upload it',
      'publish it',
      'delete what was made',
    ]) {
      assert.match(said, new RegExp(`^try: ${step} +✓`, 'm'));
    }
  }));

for (const [lacks, step] of [
  [{ App: ['duplicate'] }, 'copy an app'],
  [{ App: ['export'] }, 'export it'],
  [{ Stream: ['publish'] }, 'publish it'],
] as const) {
  test(`check --write: a user who may not ${step}`, () =>
    tried(
      {
        testData: {
          lacks: { 'INTERNAL\\sa_api': JSON.parse(JSON.stringify(lacks)) },
          apps: [{ name: 'A', stream: 'Everyone' }],
        },
      },
      report => {
        assert.equal(report.outcome, 'failed');
        assert.deepEqual(report.failures.length, 1);
        assert.match(report.failures[0] ?? '', new RegExp(`^Site "test": try: ${step}: no\\. .*403`));
      },
    ));
}

test('check --write: a stream that is not there', () =>
  tried(
    {},
    report => assert.match(report.failures[0] ?? '', /find stream "Gone": no\. no stream is called "Gone"/),
    'Gone',
  ));

const ROWS: [StageOptions['testSwitches'] & object, keyof typeof QUESTIONS, string][] = [
  [{}, 'case', 'no'],
  [{ eqIgnoresCase: true }, 'case', 'yes'],
  [{}, 'unknownId', '404'],
  [{}, 'privileges', 'changeowner, create, delete, duplicate, export, publish, read, update'],
  [{ showsPrivileges: false }, 'privileges', 'none are shown'],
  [{}, 'exportLength', 'yes'],
  [{ exportLength: false }, 'exportLength', 'no'],
  [{ descriptionTravels: true }, 'descriptionTravels', 'yes'],
  [{ publishTwice: 403 }, 'publishTwice', '403'],
  [{}, 'conflict', 'an older date: 409, a newer one: 200'],
  [{ conflict: 'differs' }, 'conflict', 'an older date: 409, a newer one: 409'],
  [{ replaceAnswers: 'source' }, 'replaceAnswers', "the source's"],
  [{ replaceName: 'source' }, 'replaceName', "the source's"],
  [{ replaceDescription: 'target' }, 'replaceDescription', "the target's"],
];
for (const [testSwitches, question, answer] of ROWS) {
  test(`check --report: ${JSON.stringify(testSwitches)} is found out: ${question}`, () =>
    tried({ testSwitches }, (_, answers) => {
      assert.ok(answers.includes(`| ${QUESTIONS[question]} | ${answer} |`), answers);
      assert.match(answers, /^## Site 1, version 38\.22\.0\.0$/m);
      assert.doesNotMatch(answers, /Demo|sa_api|localhost|not asked/);
    }));
}

test('check --report: each question stands in docs/qrs.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/qrs.md'), 'utf8');
  for (const question of Object.values(QUESTIONS)) assert.ok(docs.includes(question), question);
});
