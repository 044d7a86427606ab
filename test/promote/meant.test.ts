import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes } from '../sites-for-tests.ts';
import { on } from './scene.ts';

/** Conditions that cannot be meant: what the source site does not have. */

const STAGE = {
  devData: {
    streams: ['Build'],
    tags: ['frozen', 'release', 'Promoted'],
    customProperties: { PromotionApproval: ['Approve', 'Deny'] },
    apps: [{ name: 'Demo Build', stream: 'Build', size: '9 KB' }],
  },
};
const spec = (when: string, done = '') =>
  `from: dev\nto: [{ site: test, streams: [Everyone] }]\nwhen: ${when}\n${done}`;

for (const [when, says] of [
  [
    '{ tags: { lacks: [frozzen] } }',
    /Site "dev" has no tag "frozzen", or INTERNAL.sa_api may not read it\. Did you mean "frozen"\?/,
  ],
  [
    '{ tags: { has: [relese] } }',
    /no tag "relese", or INTERNAL.sa_api may not read it\. Did you mean "release"\?/,
  ],
  [
    '{ properties: { PromotionAproval: Approve } }',
    /no custom property "PromotionAproval", or INTERNAL.sa_api may not read it\. Did you mean "PromotionApproval"\?/,
  ],
  [
    '{ properties: { PromotionApproval: Aprove } }',
    /no value "Aprove" of the custom property "PromotionApproval", or INTERNAL.sa_api may not read it\. Did you mean "Approve"\?/,
  ],
  [
    '{ properties: { PromotionApproval: { is: Approve, not: Dny } } }',
    /no value "Dny".*Did you mean "Deny"\?/,
  ],
] as const) {
  test(`${when} is refused with the nearest name, though on-refusal is skip`, () =>
    on(STAGE, async set => {
      await assert.rejects(set.run(spec(when, 'on-refusal: skip')), ({ message }: Error) => {
        assert.match(message, says);
        assert.match(message, /, or INTERNAL\\sa_api may not read it\./);
        return true;
      });
      assert.deepEqual(changes(set.test), []);
    }));
}

test('all of them are told at once', () =>
  on(STAGE, async set => {
    const when = '{ properties: { Nothing: x }, tags: { has: [nothing], lacks: [neither] } }';
    await assert.rejects(set.run(spec(when)), ({ message }: Error) => message.split('\n').length === 3);
  }));

for (const when of [
  '{ tags: { lacks: [frozen] } }',
  '{ properties: { PromotionApproval: { not: Deny } } }',
  '{ properties: { PromotionApproval: [Approve, Deny] } }',
]) {
  test(`${when} can be meant`, () =>
    on(STAGE, async set => assert.notEqual((await set.run(spec(when))).outcome, 'failed')));
}

test('the tag of done is made when it is needed, so it may be missing', () =>
  on(STAGE, async set => {
    const report = await set.run(spec('{ tags: { lacks: [Shipped] } }', 'done: { tag: Shipped }'));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
  }));

test('what a selected app carries exists, whatever the user may list', () =>
  on(
    {
      devData: {
        ...STAGE.devData,
        apps: [
          {
            name: 'Demo Build',
            stream: 'Build',
            tags: ['release'],
            properties: { PromotionApproval: ['Approve'] },
            size: '9 KB',
          },
        ],
      },
    },
    async set => {
      set.dev.counters.reset();
      const when = '{ properties: { PromotionApproval: Approve }, tags: { has: [release] } }';
      assert.equal((await set.run(spec(when))).outcome, 'promoted');
      assert.equal(set.dev.counters.count('GET', /\/tag|custompropertydefinition/), 0);
    },
  ));
