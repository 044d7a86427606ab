import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEADER_VALUE, type More, PASSWORD, type Way } from '../ways-in.ts';
import { on, PROMOTE, type Proxied, RELOAD, type SecretStep } from './proxied.ts';

/**
 * Steps that are run with secrets that can be told: nothing that a step prints or leaves behind holds one, but for the
 * lines by which it asks the runner to mask it.
 */

export const PHRASE = 'MARKED-PASSPHRASE';
export const FOR_GOOD = Number.POSITIVE_INFINITY;
/** What a promotion says that went through. */
export const PROMOTED = /"outcome":"promoted"|published|replaced/;

export const both = (way: Way) => ({ dev: way, test: way });

/** What must not be seen of a secret text: it, its lines, and its other writings. */
function writings(secret: string): string[] {
  const lines = secret.split('\n').filter(line => line.length >= 16 && !line.startsWith('-----'));
  const isToken = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
  return [
    secret.trim(),
    ...lines,
    ...(isToken ? secret.split('.') : []),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret.trim()).toString('base64'),
  ];
}

/** That nothing of the step's environment is shown, nor of what it was given otherwise. */
export function assertHidden(step: SecretStep, others: readonly string[], masked = true): void {
  const { summary, written, outputs } = step;
  const log = masked ? step.log.replaceAll(/^::add-mask::.*$/gm, '') : step.log;
  const shown = log + summary + written + JSON.stringify(outputs);
  assert.ok(shown.length > 200, 'there is something to look through');
  for (const secret of new Set([...step.secrets, ...others])) {
    for (const text of writings(secret)) assert.ok(!shown.includes(text), `${text.slice(0, 8)}… is shown`);
  }
  // NTLM messages, sessions and tokens of the proxies.
  assert.doesNotMatch(shown, /TlRMTVNTUA|Biscuit|X-Qlik-Session|qlikTicket|xrfkey=|qlik-csrf-token: /i);
}

export interface Row {
  name: string;
  ways: { dev: Way; test: Way };
  more?: More;
  env?: (set: Proxied) => Record<string, string>;
  lines?: { dev?: string; test?: string };
  prepare?: (set: Proxied) => void;
  reload?: boolean;
  /** Default: once on GitHub, and once elsewhere. */
  onGitHub?: boolean;
  /** What the log says, so that each row is what it is called. */
  says: RegExp;
}

export function testRows(rows: readonly Row[]): void {
  describe('secrets', { concurrency: 2 }, () => {
    for (const row of rows) {
      for (const onGitHub of row.onGitHub === undefined ? [true, false] : [row.onGitHub]) {
        test(`secrets: ${row.name}, ${onGitHub ? 'on GitHub' : 'elsewhere'}`, () => testRow(row, onGitHub));
      }
    }
  });
}

function testRow(row: Row, onGitHub: boolean): Promise<void> {
  const { ways, more = {}, env = () => ({}), lines, prepare, reload, says } = row;
  return on(more, async set => {
    prepare?.(set);
    const given: Record<string, string> = env(set);
    const inputs = reload ? { reload: RELOAD } : { promote: PROMOTE };
    const runner = { GITHUB_ACTIONS: String(onGitHub), RUNNER_DEBUG: '1' };
    const options = { env: { ...runner, ...given }, ...(lines ? { lines } : {}) };
    const step = await set.step(ways, inputs, options);
    assert.match(step.log, says);
    assert.ok(step.secrets.length >= 8, 'key, token, password and header of both sites');
    const others = [set.dev.key, set.test.key, PASSWORD, HEADER_VALUE, PHRASE, 'MARKED-OTHER'];
    assertHidden(step, others, onGitHub);
    // Elsewhere nobody masks anything, and a line that asks for it would show what it is to hide.
    if (!onGitHub) assert.doesNotMatch(step.log, /^::|##/m);
  });
}
