import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../src/reload/request.ts';
import { problemsIn, type Row } from './mistakes.ts';

const request = (text: string) =>
  problemsIn(() => readRequest({ from: 'reload.yml', text }, [{ name: 'dev', names: [] }]));

const REQUESTS: Row[] = [
  ['no task', 'site: dev\n', 1, 1, /^give one of task, tasks, app or apps\.$/],
  [
    'a task and an app',
    'task: A\napp: B\n',
    2,
    1,
    /^give one of task, tasks, app or apps; found task and app\.$/,
  ],
  ['a misspelt key', 'taks: A\n', 1, 1, /^unknown key "taks"\. Did you mean "task"\?/],
  [
    'a misspelt site',
    'site: dve\ntask: A\n',
    1,
    1,
    /^"site" names no site: "dve"\. Did you mean "dev"\? Known sites: dev\.$/,
  ],
  [
    'a timeout without a unit',
    'task: A\ntimeout: 30\n',
    2,
    1,
    /^"timeout" must be a duration such as 90s, 30m or 2h; found 30\.$/,
  ],
  [
    'one task in place of a list',
    'tasks: A\n',
    1,
    1,
    /^"tasks" must be a list, with a dash before each entry; found "A"\.$/,
  ],
  [
    'a sequence that waits for nothing',
    'task: A\norder: sequence\nwait: false\n',
    3,
    1,
    /cannot go with it\. Leave one of them out\.$/,
  ],
  [
    'a word that is no choice',
    'task: A\nlog: yes\n',
    2,
    1,
    /^"log" must be on-failure, always or never; found "yes"\.$/,
  ],
];

for (const [name, text, line, column, says] of REQUESTS) {
  test(`a request with ${name}`, () => {
    const [problem, ...more] = request(text);
    assert.match(problem?.text ?? '', says);
    assert.deepEqual([problem?.place?.line, problem?.place?.column], [line, column], problem?.text);
    assert.equal(more.length, 0, more.map(one => one.text).join('\n'));
  });
}
