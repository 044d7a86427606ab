import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPEC, shelf, stage } from '../sites-for-tests.ts';
import { runStep, sitesInput } from './runner.ts';

test('a 400 MiB app promotes in less than 160 MiB of memory', async context => {
  const properties = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };
  const on = await stage({ app: { size: '400 MiB', properties } });
  try {
    const { sites, env } = sitesInput({ dev: on.dev, test: on.test });
    const { code, log, peak, files } = await runStep({
      inputs: { promote: SPEC, sites },
      event: { name: 'repository_dispatch', payload: { client_payload: { object: { id: on.app } } } },
      env,
    });
    assert.equal(code, 0, log);
    assert.deepEqual(shelf(on.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    const [target] = on.test.site.apps.values();
    assert.equal(await on.test.digest(target?.id ?? ''), await on.dev.digest(on.app));
    assert.deepEqual(
      files.filter(name => name.endsWith('.qvf')),
      [],
    );
    assert.ok(peak > 0 && peak < 160, `peak ${peak.toFixed(0)} MiB`);
    context.diagnostic(`peak memory of the action: ${peak.toFixed(0)} MiB`);
  } finally {
    await on.stop();
  }
});
