import * as z from 'zod';
import { CLOCK_TOLERANCE } from '../../base/clock.ts';
import { type Finding, ok, warning } from '../../base/finding.ts';
import { serverTime } from '../../net/times.ts';
import type { GitHub } from '../client.ts';
import { budgetOf, limitPerHour, resetOf } from '../limits.ts';
import type { Answer } from '../transport.ts';

const meta = z.object({ installed_version: z.string() });

/** Warns where the token travels unencrypted. */
export function inspectAddress({ url, host }: GitHub): Finding[] {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || /^(localhost|127\..*|\[::1\])$/.test(hostname)) return [];
  return [
    warning(`The URL for ${host} begins with http: everybody on the way can read the token. Write https.`),
  ];
}

export function clockFinding({ clock, host }: GitHub, answer: Answer): Finding {
  const now = clock.now();
  const apart = now - serverTime(answer.headers, now);
  const seconds = Math.round(Math.abs(apart) / 1000);
  if (Math.abs(apart) <= CLOCK_TOLERANCE) return ok(`The clocks of this machine and of ${host} agree.`);
  const way = apart > 0 ? 'ahead of' : 'behind';
  return warning(
    `The clock of this machine is ${seconds} s ${way} that of ${host}: set it by a time server.`,
  );
}

/** Whether github.com answers, or which GitHub Enterprise Server. */
export async function inspectServer(
  github: GitHub,
  repository: string,
  { headers }: Answer,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (headers.sunset !== undefined || headers.deprecation !== undefined) {
    findings.push(
      warning('GitHub announces the end of the version 2022-11-28 of its API: look for a newer relay.'),
    );
  }
  if (!github.url.endsWith('/api/v3')) return findings;
  const attempt = 'tell its version';
  const read = await github.read(meta, { attempt, repository, method: 'GET', path: '/meta' }, signal);
  const version =
    read.kind === 'read' ? ` ${read.data.installed_version}` : '; its version could not be read';
  return [...findings, ok(`${github.host} is a GitHub Enterprise Server${version}.`)];
}

export function budgetFinding({ host }: GitHub, answer: Answer): Finding {
  const left = budgetOf(answer);
  const most = limitPerHour(answer);
  if (left === undefined) return ok(`${host} reports no limit on calls.`);
  const of = most === undefined ? '' : ` of ${most}`;
  const reset = resetOf(answer);
  const until = reset === undefined ? '' : `, until ${new Date(reset).toISOString()}`;
  const what = `${left}${of} calls are left in this hour${until}; all tokens of one user share them.`;
  return most !== undefined && left < most / 10 ? warning(what) : ok(what);
}
