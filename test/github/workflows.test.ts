import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listensTo } from '../../src/github/check/workflows.ts';

/** [what, file, what it listens to] */
const FILES: readonly [string, string, ReturnType<typeof listensTo>][] = [
  ['types as a list', 'on:\n  repository_dispatch:\n    types: [one, two]', ['one', 'two']],
  ['types as a block', 'on:\n  repository_dispatch:\n    types:\n      - one\n      - two', ['one', 'two']],
  ['one type', 'on: { repository_dispatch: { types: one } }', ['one']],
  ['no types', 'on:\n  repository_dispatch:', 'all'],
  ['an empty mapping', 'on: { repository_dispatch: {} }', 'all'],
  ['beside others', 'on:\n  push:\n    branches: [main]\n  repository_dispatch:\n    types: [one]', ['one']],
  ['a list of events', 'on: [push, repository_dispatch]', 'all'],
  ['one event', 'on: repository_dispatch', 'all'],
  ['on in quotes', '"on": repository_dispatch', 'all'],
  ['another event', 'on: push', []],
  ['other events', 'on: [push, workflow_dispatch]', []],
  ['the types of another event', 'on:\n  release:\n    types: [one]', []],
  ['types through an anchor', 'x: &t [one]\non: { repository_dispatch: { types: *t } }', ['one']],
  ['no list of types', 'on: { repository_dispatch: { types: { a: 1 } } }', 'unreadable'],
  ['no events', 'name: nothing', 'unreadable'],
  ['no YAML', 'on: [push', 'unreadable'],
  ['an alias that nothing defines', 'on: *nothing', 'unreadable'],
  ['nothing', '', 'unreadable'],
];

for (const [what, text, expected] of FILES) {
  test(`listens: ${what}`, () => assert.deepEqual(listensTo(text), expected));
}
