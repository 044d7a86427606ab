import { spawnSync } from 'node:child_process';

/** Runs all tests, or the files and options that are given: npm test -- test/base/retry.test.ts */
const given = process.argv.slice(2);
const files = given.some(one => !one.startsWith('-')) ? given : [...given, 'test/**/*.test.ts'];
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
