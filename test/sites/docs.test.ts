import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { readSites } from '../../src/sites/sites.ts';
import { token } from '../ways-in.ts';

/** docs/authentication.md: each example is read. */

const page = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
const authority = await createAuthority('root');
const { certificatePem, keyPem } = await authority.issueClient({ name: 'QlikClient' });

const environment = {
  ...Object.fromEntries(
    ['DEV', 'PROD', 'TEST', 'COMPANY'].flatMap(site => [
      [`${site}_CLIENT_PEM`, certificatePem],
      [`${site}_CLIENT_KEY_PEM`, keyPem],
      [`${site}_ROOT_PEM`, authority.certificatePem],
      [`${site}_CERTIFICATE`, certificatePem],
      [`${site}_KEY`, keyPem],
      [`${site}_ROOT`, authority.certificatePem],
      [`${site}_PASSPHRASE`, 'open sesame'],
      [`${site}_PASSWORD`, 'open sesame'],
      [`${site}_JWT`, token()],
    ]),
  ),
  PROD_HEADER_USER: 'COMPANY\\sa_qlik',
  PROXY_PASSWORD: 'sesame',
  HTTPS_PROXY: 'http://proxy.company.com:3128',
};

/** A path of the page is a file that is not here. */
const VARIABLES = new Map([
  ['client', 'TEST_CERTIFICATE'],
  ['client_key', 'TEST_KEY'],
  ['root', 'TEST_ROOT'],
]);

const EXAMPLES = [...page('authentication').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);

test('docs/authentication.md has examples', () => assert.equal(EXAMPLES.length, 7));

for (const text of EXAMPLES) {
  test(`docs/authentication.md: ${text.split('\n').slice(1, 3).join(' ').trim()}`, () => {
    // A PFX cannot be made here; what becomes of one is tested elsewhere.
    const given = text
      .replace(/pfx: \S+.*\n\s*passphrase: \S+/, 'certificate: ${PROD_CERTIFICATE}\n  key: ${PROD_KEY}')
      .replaceAll(/C:\\qlik\\test\\(\w+)\.pem/g, (_, file: string) => `\${${VARIABLES.get(file)}}`);
    const sites = readSites({ from: 'sites', text: given }, { environment, secret: () => {} });
    assert.equal(sites.length, [...text.matchAll(/^\w+:$/gm)].length);
  });
}
