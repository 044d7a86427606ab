import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Lets every kind of call meet every kind of hostility: npm run test:hostile
const files = fileURLToPath(new URL('*.test.ts', import.meta.url));
const env = { ...process.env, HOSTILE: 'all' };
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', files], {
  stdio: 'inherit',
  env,
});
process.exitCode = status ?? 1;
