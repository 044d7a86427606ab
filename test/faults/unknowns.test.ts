import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SwitchesInput, switchesSchema } from '../../simulator/site/switches.ts';
import { answersFor, everyValue, type Flow, UNKNOWNS } from '../unknowns.ts';
import { tryUnder } from './case.ts';
import { RELOADED, SCENARIOS } from './scenarios.ts';

/** Promotions and reload requests come to the same, whatever the answer to an open question is, and keep the promises. */

const NAMES: Partial<Record<Flow, string>> = {
  promotion: 'backup and rollback of two apps, with attributes',
  reload: 'a script log',
};
/** Where a switch needs something else to matter. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  whileReloading: 'a live app that is being reloaded',
  deleteTakesTasks: 'reload: before',
  copyScript: 'one site',
  copyObjects: 'one site',
  publishRenames: 'duplicate to three streams',
  tooManyUploads: 'two sites',
};

for (const [flow, usual] of Object.entries(NAMES)) {
  for (const switches of answersFor(flow === 'reload' ? 'reload' : 'promotion')) {
    const [own = ''] = Object.keys(switches);
    const name = ELSEWHERE[own] ?? usual;
    test(`${name}, with ${JSON.stringify(switches)}`, async () => {
      const scenario =
        [...SCENARIOS, RELOADED].find(one => one.name === name) ?? assert.fail(`no scenario "${name}"`);
      const { faults, told } = await tryUnder(scenario, switches);
      assert.deepEqual(faults, [], told);
    });
  }
}

/** Answers that together once came to something else, though each of them alone did not. */
const TOGETHER: readonly [scenario: string, SwitchesInput][] = [
  // A replace that shows no reading of the target, and new hashes in it, were taken for somebody else's replace.
  ['backup and rollback of two apps, with attributes', { replaceAnswers: 'source', contentHash: 'anew' }],
  [
    'a target by the id of its app',
    { replaceAnswers: 'source', contentHash: 'anew', replaceName: 'source', replaceTags: 'source' },
  ],
];

for (const [name, switches] of TOGETHER) {
  test(`${name}, with ${JSON.stringify(switches)}`, async () => {
    const scenario = SCENARIOS.find(one => one.name === name) ?? assert.fail(`no scenario "${name}"`);
    const { faults, told } = await tryUnder(scenario, switches);
    assert.deepEqual(faults, [], told);
  });
}

test('every answer to an open question that has a list is tried', () => {
  const defaults = switchesSchema.parse({});
  for (const [name, { values }] of Object.entries(UNKNOWNS)) {
    const all = everyValue(name);
    const tried = [Reflect.get(defaults, name), ...values];
    for (const value of all ?? []) assert.ok(tried.includes(value), `${name}: ${value}`);
    assert.ok(values.length > 0, name);
  }
});
