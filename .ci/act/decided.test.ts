import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { setProperties } from './edit.ts';
import { appOn, DEV, propertiesOf } from './sites.ts';
import { changesNothing, withstandsEvents } from './withstand.ts';
import { world } from './world.ts';

test('promote-or-deny.yml: promotes what is approved, and tags what is denied', async t => {
  const at = await world(t, { dev: DEV });
  const sales = appOn(at.dev, 'Sales Overview');
  const stock = appOn(at.dev, 'Stock');
  const decide = (app: string, PromotionApproval: string[]) =>
    at.relayed('promote-or-deny.yml', () => setProperties(at.dev, app, { PromotionApproval }));

  const approved = await decide(sales, ['Approve']);
  const run = await at.run('promote-or-deny.yml', approved);
  assert.deepEqual(run.outcomes, ['promoted', 'nothing-to-do'], run.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone']);
  assert.deepEqual(propertiesOf(at.dev, sales), []);
  await withstandsEvents(at, 'promote-or-deny.yml', approved);

  const denied = await decide(stock, ['Deny']);
  const denial = await at.run('promote-or-deny.yml', denied);
  assert.deepEqual(denial.outcomes, ['nothing-to-do', 'promoted'], denial.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone']);
  assert.deepEqual([tagsOf(at.dev, stock), propertiesOf(at.dev, stock)], [['Denied'], []]);

  const both = await decide(stock, ['Approve', 'Deny']);
  const undecided = await changesNothing(at, 'promote-or-deny.yml', both);
  assert.deepEqual(undecided.outcomes, ['nothing-to-do', 'nothing-to-do'], undecided.log);
});
