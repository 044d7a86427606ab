import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPEC, shelf, stage, tagsOf } from '../sites-for-tests.ts';
import { runStep, sitesInput } from './runner.ts';

test('a disk that fills up during a transfer is told in one sentence, and changes nothing', async () => {
  const properties = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };
  const on = await stage({ app: { size: '20 MB', properties } });
  try {
    const [old] = on.test.site.apps.values();
    const digest = await on.test.digest(old?.id ?? '');
    const { sites, env } = sitesInput({ dev: on.dev, test: on.test });
    const { code, log, outputs, files } = await runStep({
      inputs: { promote: SPEC, sites },
      event: { name: 'repository_dispatch', payload: { client_payload: { object: { id: on.app } } } },
      env,
      largestFile: 4,
    });
    assert.equal(code, 1, log);
    assert.equal(outputs.outcome, 'failed');
    const errors = log.split('\n').filter(line => line.startsWith('::error'));
    assert.equal(errors.length, 1, log);
    assert.match(
      errors[0] ?? '',
      /The app's file cannot be kept at \S+\.qvf: EFBIG: file too large, write\. On test users still see the version of/,
    );
    assert.ok(on.test.counters.bytesReceived > 0, 'the upload had begun');
    assert.deepEqual(shelf(on.test), ['Demo Build@Everyone']);
    assert.equal(await on.test.digest(old?.id ?? ''), digest);
    assert.deepEqual(tagsOf(on.dev, on.app), []);
    assert.deepEqual(
      files.filter(name => name.endsWith('.qvf')),
      [],
    );
  } finally {
    await on.stop();
  }
});
