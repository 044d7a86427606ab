import assert from 'node:assert/strict';
import type { Simulator } from '../../simulator/server.ts';
import { PASSWORD, token } from '../../test/ways-in.ts';

/** By the names that the examples use; GitHub's own token is not among them. */
export function secretsOf(sites: readonly { name: string; site: Simulator }[]): Record<string, string> {
  const entries = sites.flatMap(({ name, site }) => [
    [`${name.toUpperCase()}_CLIENT_PEM`, site.certificate],
    [`${name.toUpperCase()}_CLIENT_KEY_PEM`, site.key],
    [`${name.toUpperCase()}_ROOT_PEM`, site.ca],
    [`${name.toUpperCase()}_JWT`, token()],
    [`${name.toUpperCase()}_READER_JWT`, token()],
    [`${name.toUpperCase()}_PASSWORD`, PASSWORD],
  ]);
  return Object.fromEntries(entries);
}

/** act puts *** in the place of a whole secret; a line of a key, which it does not know, must not be there either. */
export function assertNoSecret(log: string, secrets: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(secrets).filter(([name]) => !/_(CLIENT|ROOT)_PEM$/.test(name))) {
    const shown = value
      .split('\n')
      .filter(line => line.length > 20 && !line.includes('-----') && log.includes(line));
    assert.deepEqual(shown.length, 0, `the log shows a part of ${name}`);
  }
}
