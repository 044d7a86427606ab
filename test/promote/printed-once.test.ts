import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepingLog } from '../sites-for-tests.ts';
import { on } from './scene.ts';

/** What a run prints: the log of its phases and the lines of its report. No line is printed twice. */

const DEV = [
  { name: 'Kept', stream: 'Build', size: '9 KB' },
  { name: 'Frozen', stream: 'Build', tags: ['frozen'], size: '9 KB' },
];
const SPEC = `
from: dev
apps: [{ filter: published eq true }]
when: { tags: { lacks: [frozen] } }
to: [{ site: test, streams: [Everyone, Review] }]
done: { tag: Promoted }`;

for (const dryRun of [true, false]) {
  test(`printed once: ${dryRun ? 'a dry run' : 'a run'}`, () =>
    on(
      {
        devData: {
          streams: ['Build'],
          tags: ['frozen', 'Promoted'],
          apps: [{ name: 'Demo Build', stream: 'Build' }, ...DEV],
        },
      },
      async set => {
        const log = keepingLog();
        const report = await set.run(SPEC, { log, dryRun });
        const printed = [...log.lines, ...report.lines];
        assert.ok(printed.some(line => line.includes('"Frozen": skipped')));
        assert.ok(
          printed.some(line => line.includes('to be published')),
          'the plan is printed',
        );
        assert.deepEqual(
          printed.filter((line, index) => printed.indexOf(line) !== index),
          [],
        );
      },
    ));
}
