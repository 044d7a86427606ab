import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { setProperties } from './edit.ts';
import { appOn, DEV, propertiesOf } from './sites.ts';
import { changesNothing, HOSTILE, withstandsEvents } from './withstand.ts';
import { world } from './world.ts';

const app = (name: string) => ({ name, stream: 'Release', size: '20 KB' });

test('promote-or-deny.yml: promotes what is approved, and tags what is denied', async t => {
  const at = await world(t, { dev: { ...DEV, apps: [app(HOSTILE), app('Stock')] } });
  const sales = appOn(at.dev, HOSTILE);
  const stock = appOn(at.dev, 'Stock');
  const decide = (id: string, PromotionApproval: string[]) =>
    at.relayed('promote-or-deny.yml', () => setProperties(at.dev, id, { PromotionApproval }));

  const approved = await decide(sales, ['Approve']);
  const run = await at.run('promote-or-deny.yml', approved);
  assert.deepEqual(run.outcomes, ['promoted', 'nothing-to-do'], run.log);
  assert.deepEqual(shelf(at.prod), [`${HOSTILE}@Everyone`]);
  assert.deepEqual(propertiesOf(at.dev, sales), []);
  await withstandsEvents(at, 'promote-or-deny.yml', approved);

  const denied = await decide(stock, ['Deny']);
  const denial = await at.run('promote-or-deny.yml', denied);
  assert.deepEqual(denial.outcomes, ['nothing-to-do', 'promoted'], denial.log);
  assert.deepEqual(shelf(at.prod), [`${HOSTILE}@Everyone`]);
  assert.deepEqual([tagsOf(at.dev, stock), propertiesOf(at.dev, stock)], [['Denied'], []]);

  const both = await decide(stock, ['Approve', 'Deny']);
  const undecided = await changesNothing(at, 'promote-or-deny.yml', both);
  assert.deepEqual(undecided.outcomes, ['nothing-to-do', 'nothing-to-do'], undecided.log);
});
