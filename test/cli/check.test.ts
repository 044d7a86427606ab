import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atTerminal } from './terminal.ts';

test('check: a table with a column for each site; nothing is changed', () =>
  atTerminal(async ({ say, dev }) => {
    const well = await say(['check', '--sites', 'sites.yml', '--spec', 'promote.yml']);
    assert.equal(well.code, 0, well.err);
    assert.match(well.out, /^Checked\n {2,}dev +test\n/);
    assert.match(well.out, /^signed in +✓ as INTERNAL\\sa_api +✓ as INTERNAL\\sa_api$/m);
    assert.match(well.out, /^stream Review +✓ may publish$/m);
    assert.match(well.out, /^the spec +✓ can be done$/m);
    assert.match(well.out, /\nAll is well\.\n$/);
    const one = await say(['check', 'test', '--sites', 'sites.yml', '--json']);
    assert.equal(one.code, 0, one.err);
    const { outcome, findings } = JSON.parse(one.out);
    assert.equal(outcome, 'checked');
    assert.ok(findings.every(({ site = 'test' }) => site === 'test'));
    assert.ok(dev.counters.requests.every(({ method }) => method === 'GET'));
  }));

test('check: what would fail ends with 1 and one next step each', () =>
  atTerminal(
    async ({ say }) => {
      const bad = await say(['check', '--sites', 'sites.yml', '--spec', 'promote.yml']);
      assert.equal(bad.code, 1);
      assert.match(bad.out, /^stream Review +✗ no right to publish$/m);
      assert.match(
        bad.err,
        /^Error: Site "test": stream Review: no right to publish\. Give INTERNAL\\sa_api Publish/m,
      );
    },
    { testData: { streams: ['Everyone', 'Review'], lacks: { 'INTERNAL\\sa_api': { Stream: ['publish'] } } } },
  ));

test('check: wrong use ends with 2', () =>
  atTerminal(async ({ say }) => {
    const stranger = await say(['check', 'tset', '--sites', 'sites.yml']);
    assert.equal(stranger.code, 2);
    assert.match(stranger.err, /No site is called "tset"/);
  }));
