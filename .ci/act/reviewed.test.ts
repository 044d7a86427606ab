import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, shelf } from '../../test/sites-for-tests.ts';
import { button, clock, pullRequest, push } from './events.ts';
import { DEV, TARGET } from './sites.ts';
import { changesNothing } from './withstand.ts';
import { world } from './world.ts';

const READER = {
  'COMPANY\\anna': { App: ['create', 'update', 'delete', 'publish', 'export'], Tag: ['create'] },
} as const;
const lacks = {
  'COMPANY\\anna': { App: [...READER['COMPANY\\anna'].App], Tag: [...READER['COMPANY\\anna'].Tag] },
};
const PLAN = { dev: { ...DEV, lacks }, prod: { ...TARGET, lacks } };

test('promote-reviewed.yml: the plan as one comment of a pull request, the promotion by its merge', async t => {
  const at = await world(t, PLAN);
  const comments = () => [...at.hub.hub.repositories.values()].flatMap(one => one.comments);
  const asked = pullRequest(7, 'company/qlik-events');
  for (const event of [asked, asked]) {
    const plan = await changesNothing(at, 'promote-reviewed.yml', event);
    assert.deepEqual(plan.jobs, { plan: 'success' }, plan.log);
    assert.deepEqual(plan.outcomes, ['planned'], plan.log);
  }
  const [comment, ...more] = comments();
  assert.deepEqual([comment?.issue, more], [7, []], 'the second run updates the comment of the first');
  assert.match(comment?.body ?? '', /Stock/);
  const stranger = await changesNothing(at, 'promote-reviewed.yml', pullRequest(8, 'stranger/qlik-events'));
  assert.deepEqual(stranger.jobs, {}, 'a fork gets near no runner');

  const merged = await at.run('promote-reviewed.yml', push());
  assert.deepEqual([merged.jobs, merged.outcomes], [{ promote: 'success' }, ['promoted']], merged.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone', 'Stock@Everyone']);
  const again = await changesNothing(at, 'promote-reviewed.yml', push());
  assert.deepEqual(again.outcomes, ['nothing-to-do'], again.log);
});

test('check-drift.yml: fails while prod is not what the spec says', async t => {
  const at = await world(t, PLAN);
  const drift = await changesNothing(at, 'check-drift.yml', clock());
  assert.deepEqual([drift.succeeded, drift.outcomes], [false, ['planned']], drift.log);
  await at.run('promote-reviewed.yml', push());
  const well = await changesNothing(at, 'check-drift.yml', clock());
  assert.deepEqual([well.succeeded, well.outcomes], [true, ['nothing-to-do']], well.log);
});

test('check-sites.yml: tries the sites and what the spec needs, and changes nothing', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  const well = await at.run('check-sites.yml', button());
  assert.deepEqual([well.succeeded, well.outcomes], [true, ['checked']], well.log);
  assert.deepEqual([...changes(at.dev), ...changes(at.prod)], []);
  await at.prod.stop();
  const dead = await at.run('check-sites.yml', clock());
  assert.deepEqual([dead.succeeded, dead.outcomes], [false, ['failed']], dead.log);
});
