import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { QUESTIONS } from '../../src/check/questions.ts';
import { idNamed, qrs } from '../simulator/client.ts';
import type { Stage, StageOptions } from '../sites-for-tests.ts';
import { tried } from './tried.ts';

/** A check finds out each answer that a site may give to an open question (docs/qrs.md 9). */

/** A site that can answer every question: an app with a tag, another user's app, a log of today, and a schedule. */
const DATA: StageOptions['testData'] = {
  tags: ['Old'],
  users: ['COMPANY\\anna'],
  apps: [
    { name: 'Demo Build', stream: 'Everyone', size: '100 KB', tags: ['Old'], description: 'The old one' },
    { name: 'Draft', owner: 'COMPANY\\anna', size: '200 KB' },
  ],
  tasks: [{ name: 'Nightly', app: 'Demo Build', last: { ends: 'FinishedSuccess', ago: '1h', takes: '5m' } }],
};
async function schedule({ test }: Stage): Promise<void> {
  const body = {
    name: 'Daily',
    timeZone: 'UTC',
    startDate: '2026-01-01T00:00:00.000Z',
    expirationDate: '9999-01-01T00:00:00.000Z',
    schemaFilterDescription: ['* * - * * * * *'],
    incrementDescription: '0 0 1 0',
    incrementOption: 2,
    reloadTask: { id: idNamed(test.site.tasks, 'Nightly') },
  };
  assert.equal((await qrs(test, 'POST', '/schemaevent', { body })).status, 201);
}

const ROWS: [NonNullable<StageOptions['testSwitches']>, keyof typeof QUESTIONS, string][] = [
  [{}, 'case', 'no'],
  [{ eqIgnoresCase: true }, 'case', 'yes'],
  [{}, 'plus', 'a plus'],
  [{ plus: 'space' }, 'plus', 'a space'],
  [{}, 'unknownId', '404'],
  [{}, 'privileges', 'changeowner, create, delete, duplicate, export, publish, read, update'],
  [{ showsPrivileges: false }, 'privileges', 'it is empty'],
  [{}, 'taskProperties', '400'],
  [{ taskProperties: 'filtered' }, 'taskProperties', '200'],
  [{}, 'unpublished', 'also those of others'],
  [{ unpublishedShown: 'own' }, 'unpublished', 'only their own, or others have none'],
  [{}, 'uploadReplace', 'it lists it'],
  [{ uploadReplace: 'unknown' }, 'uploadReplace', 'it does not list it'],
  [{ describesApi: false }, 'uploadReplace', 'the site lists no calls'],
  [{}, 'nextStart', '1 of 1 enabled schedules show it'],
  [{ showsNextExecution: false }, 'nextStart', '0 of 1 enabled schedules show it'],
  [{}, 'scriptLog', 'scriptlogfile: 200, scriptlog: 200'],
  [{ scriptLog: 'old' }, 'scriptLog', 'scriptlogfile: 404, scriptlog: 200'],
  [{ scriptLog: 'new' }, 'scriptLog', 'scriptlogfile: 200, scriptlog: 404'],
  [{}, 'exportLength', 'yes'],
  [{ exportLength: false }, 'exportLength', 'no'],
  [{ descriptionTravels: true }, 'descriptionTravels', 'yes'],
  [{ descriptionTravels: false }, 'descriptionTravels', 'no'],
  [{ copyTags: false }, 'copyHas', 'tags: no'],
  [{ copyTags: true }, 'copyHas', 'tags: yes'],
  [{}, 'modifiedBy', "the caller's"],
  [{}, 'settles', 'its date did not move for 3000 ms'],
  [{}, 'publishTwice', '400'],
  [{ publishTwice: 403 }, 'publishTwice', '403'],
  [{}, 'publishName', 'yes'],
  [{ publishName: 'ignored' }, 'publishName', 'no'],
  [{}, 'publishRenames', 'no'],
  [{ publishRenames: true }, 'publishRenames', 'yes'],
  [{}, 'conflict', 'an older date: 409, a newer one: 200'],
  [{ conflict: 'differs' }, 'conflict', 'an older date: 409, a newer one: 409'],
  [{}, 'replaceAnswers', "the target's"],
  [{ replaceAnswers: 'source' }, 'replaceAnswers', "the source's"],
  [{}, 'replaceName', "the target's"],
  [{ replaceName: 'source' }, 'replaceName', "the source's"],
  [{ replaceDescription: 'target' }, 'replaceDescription', "the target's"],
  [{ replaceDescription: 'source' }, 'replaceDescription', "the source's"],
  [{}, 'contentHash', 'the same for 3 of 3 objects after a copy and an upload'],
  [{ contentHash: 'anew' }, 'contentHash', 'the same for 0 of 3 objects after a copy and an upload'],
  [{ contentHash: 'none' }, 'contentHash', 'it is empty'],
  [{}, 'objectDates', 'no'],
  [{ objectDatesMove: true }, 'objectDates', 'yes'],
  [{}, 'changesSince', 'all'],
  [{ changesSince: 'latest' }, 'changesSince', 'the newest'],
  [{}, 'deletesTasks', 'yes'],
  [{ deleteTakesTasks: false }, 'deletesTasks', 'no'],
];
for (const [testSwitches, question, answer] of ROWS) {
  test(`check --report: ${JSON.stringify(testSwitches)} is found out: ${question}`, () =>
    tried(
      { testSwitches, testData: DATA },
      (report, answers) => {
        assert.equal(report.outcome, 'checked', report.failures.join('\n'));
        assert.ok(answers.includes(`| ${QUESTIONS[question]} | ${answer} |`), answers);
        assert.match(answers, /^## Site 1, version 38\.22\.0\.0$/m);
        assert.doesNotMatch(answers, /Demo|Nightly|Daily|anna|sa_api|localhost|\| not asked/);
      },
      { prepare: schedule },
    ));
}

test('check --report: a question that this site cannot show is not answered', () =>
  tried({}, (_, answers) => {
    for (const question of ['nextStart', 'scriptLog', 'copyHas'] as const)
      assert.ok(answers.includes(`| ${QUESTIONS[question]} | not asked |`), answers);
  }));

test('check --report: says where the answers are, and complains before it asks if they can be nowhere', async () => {
  await tried({}, report =>
    assert.match(report.lines.at(-1) ?? '', /^The answers are in .*the answers\.md\. /),
  );
  await assert.rejects(
    tried({}, () => assert.fail('it was checked'), { file: 'no such folder/answers.md' }),
    /^InputError: The file .*answers\.md cannot be written: ENOENT.* Give a path in a folder/,
  );
});

test('check --report: a refusal is an answer', () =>
  tried(
    { testData: { ...DATA, lacks: { 'INTERNAL\\sa_api': { ReloadTask: ['create'] } } } },
    (report, answers) => {
      assert.equal(report.outcome, 'checked', report.failures.join('\n'));
      assert.ok(answers.includes(`| ${QUESTIONS.deletesTasks} | refused: 403 |`), answers);
    },
  ));

test('check --report: a reload task that the check made and cannot delete is named', () =>
  tried(
    { testSwitches: { deleteTakesTasks: false }, testData: DATA },
    (report, _, { test: { site } }) => {
      const left = [...site.tasks.values()].filter(({ name }) => name.includes('working copy'));
      assert.equal(left.length, 1);
      for (const { id } of left) site.tasks.delete(id);
      assert.match(
        report.failures.join(),
        /delete what was made: no\. .*the task "Manually triggered reload of/,
      );
    },
    {
      prepare: async ({ test: { faults } }) => {
        faults.add({ method: 'DELETE', path: /reloadtask/, times: Infinity, fault: { status: 403 } });
      },
    },
  ));

test('check --report: every question is asked in a row', () => {
  assert.deepEqual(new Set(ROWS.map(([, question]) => question)), new Set(Object.keys(QUESTIONS)));
});

/** The rows of a table, by their first cell, without the number of a section at its end. */
function rowsAfter(page: string, heading: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
  const table = text.slice(text.indexOf(heading)).matchAll(/^\| ([^|]+?)(?: \([\d., ]+\))? \|/gm);
  return [...table].map(([, cell = '']) => cell).filter(cell => cell !== 'Question');
}

test('check --report: docs/evidence.md says of each open question how a person can find out', () => {
  const open = rowsAfter('qrs.md', '## 9 Unknowns');
  const asked = Object.values(QUESTIONS);
  for (const question of asked)
    assert.ok(
      open.some(one => one.startsWith(question)),
      question,
    );
  const others = open.filter(one => !asked.some(question => one.startsWith(question)));
  assert.deepEqual(rowsAfter('evidence.md', '### By hand').sort(), others.sort());
  const text = readFileSync(join(import.meta.dirname, '../../docs/evidence.md'), 'utf8');
  assert.ok(text.includes(`of the ${open.length} questions`), 'how many there are');
  assert.ok(text.includes(`the other ${others.length}.`), 'how many no command asks');
});
