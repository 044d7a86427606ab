import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, shelf, tagsOf } from '../sites-for-tests.ts';
import { appNamed, appResults, on } from './scene.ts';

/** `when` of a promotion: who is skipped, and why; test/when/ has every condition by itself. */

const DATA = {
  streams: ['Build'],
  tags: ['release', 'frozen', 'Promoted'],
  customProperties: { PromotionApproval: ['Approve', 'Deny'] },
};
const approved = { PromotionApproval: ['Approve'] };
const APPS = [
  { name: 'Right', stream: 'Build', tags: ['release'], properties: approved, size: 2000 },
  { name: 'Unpublished', tags: ['release'], properties: approved, size: 2000 },
  {
    name: 'Denied',
    stream: 'Build',
    tags: ['release'],
    properties: { PromotionApproval: ['Deny'] },
    size: 2000,
  },
  { name: 'Unasked', stream: 'Build', tags: ['release'], size: 2000 },
  { name: 'Untagged', stream: 'Build', properties: approved, size: 2000 },
  { name: 'Frozen', stream: 'Build', tags: ['release', 'frozen'], properties: approved, size: 2000 },
  { name: 'Nothing right', tags: ['frozen'], size: 2000 },
];
const REASONS: Record<string, string[]> = {
  Unpublished: ['it is not published'],
  Denied: ['its property PromotionApproval is "Deny", not "Approve"'],
  Unasked: ['its property PromotionApproval is empty, not "Approve"'],
  Untagged: ['it lacks the tag "release"'],
  Frozen: ['it has the tag "frozen"'],
  'Nothing right': [
    'it is not published',
    'its property PromotionApproval is empty, not "Approve"',
    'it lacks the tag "release"',
    'it has the tag "frozen"',
  ],
  'Demo Build': ['its property PromotionApproval is empty, not "Approve"', 'it lacks the tag "release"'],
};
const SPEC = `
from: dev
apps: [{ filter: name ne 'x' }]
when:
  published: true
  properties: { PromotionApproval: Approve }
  tags: { has: [release], lacks: [frozen] }
to: [{ site: test, streams: [Review] }]
done: { tag: Promoted }`;

for (const dryRun of [true, false]) {
  test(`when: each app that is skipped is named with its reasons${dryRun ? ', in a dry run too' : ''}`, () =>
    on(
      { devData: { ...DATA, apps: [{ name: 'Demo Build', stream: 'Build', size: 2000 }, ...APPS] } },
      async set => {
        const report = await set.run(SPEC, { dryRun });
        assert.equal(report.outcome, dryRun ? 'planned' : 'promoted', report.failures.join('\n'));
        const skipped = appResults(report).filter(({ verdict }) => verdict === 'skip');
        assert.deepEqual(Object.fromEntries(skipped.map(({ name, reasons }) => [name, reasons])), REASONS);
        for (const [name, reasons] of Object.entries(REASONS)) {
          assert.ok(
            report.lines.includes(`"${name}": skipped: ${reasons.join('; ')}`),
            report.lines.join('\n'),
          );
        }
        assert.deepEqual(report.warnings, []);
        const taken = dryRun ? [] : ['Right@Review'];
        assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', ...taken]);
        assert.deepEqual(
          [...set.dev.site.apps.values()].filter(({ id }) => tagsOf(set.dev, id).includes('Promoted')).length,
          dryRun ? 0 : 1,
        );
      },
    ));
}

test('when: an app that is skipped costs no request on a target, and nothing to do is no failure', () =>
  on({ devData: { ...DATA, apps: [{ name: 'Demo Build', size: 2000 }] } }, async set => {
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'nothing-to-do');
    assert.deepEqual(set.test.counters.requests, []);
    assert.deepEqual(changes(set.dev), []);
  }));

test('when: what it leaves alone is not refused either', () =>
  on({ devData: { ...DATA, apps: APPS } }, async set => {
    const spec = SPEC.replace('site: test', 'site: tset')
      .replace('name ne', 'name eq')
      .replace("'x'", "'Denied'");
    const report = await set.run(spec);
    assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
  }));

test('when: of an app by event', () =>
  on({ devData: { ...DATA, apps: APPS } }, async set => {
    const spec = SPEC.replace(/^apps:.*$/m, 'apps: event');
    const event = (name: string) => ({ event: { id: appNamed(set.dev, name).id, site: 'dev' } });
    assert.equal((await set.run(spec, event('Denied'))).outcome, 'nothing-to-do');
    assert.equal((await set.run(spec, event('Right'))).outcome, 'promoted');
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Right@Review']);
  }));
