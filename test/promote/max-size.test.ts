import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf } from '../sites-for-tests.ts';
import { appNamed, on } from './scene.ts';

const SPEC = 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone] }]';

test('max-size: an app whose size nobody tells is taken as far as that, and no further', () =>
  on({ devSwitches: { exportLength: false } }, async set => {
    Reflect.deleteProperty(appNamed(set.dev, 'Demo Build'), 'fileSize');
    const before = shelf(set.test);
    const small = await set.run(`${SPEC}\nmax-size: 100 KB`);
    assert.equal(small.outcome, 'failed');
    assert.match(small.failures.join('\n'), /more than 100 KB came, and no end/);
    assert.deepEqual(shelf(set.test), before);
    const large = await set.run(`${SPEC}\nmax-size: 1 MB`);
    assert.equal(large.outcome, 'promoted', large.failures.join('\n'));
  }));
