import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { keepHeapSmall } from '../../src/base/heap.ts';
import { connectGitHub } from '../../src/github/client.ts';
import { dispatch } from '../../src/github/dispatch.ts';
import { redacting } from '../../src/net/redact.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { jsonLog, lineWriter } from '../../src/relay/log.ts';
import { runRelay } from '../../src/relay/run.ts';

/**
 * The relay as a process, at a pace that GitHub would not like: CONFIG, ms between two dispatches, ms between two
 * renewals, log level. relay.yml has neither on purpose.
 */
keepHeapSmall();
const [from = '', interval, period, level = 'info'] = process.argv.slice(2);
const redact = redacting();
const config = readConfig(
  { from, text: readFileSync(from, 'utf8') },
  { environment: process.env, secret: redact.add },
);
const log = jsonLog(redact, level, lineWriter(1));
const github = connectGitHub({ ...config.github, environment: process.env, clock: systemClock, log });
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
// Somebody sets the machine's clock: forward by an hour, back by two, and so on.
let ahead = 0;
process.on('SIGUSR2', () => {
  ahead = ahead > 0 ? ahead - 7_200_000 : ahead + 3_600_000;
});
await runRelay(config, {
  clock: { ...systemClock, now: () => systemClock.now() + ahead },
  databaseTime: true,
  log,
  send: (what, until) => dispatch(github, what, until),
  signal: stop.signal,
  secret: redact.add,
  interval: Number(interval),
  period: Number(period),
  // The shortest pause after an answer that was lost.
  random: () => 0,
});
await github.close();
