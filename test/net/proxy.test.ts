import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import { isExcepted, proxyFor } from '../../src/net/proxy.ts';

const SITE = 'https://qlik.company.com:4242';
const V6 = 'https://[fd00::1]:4242';

/** [NO_PROXY, URL, whether the host is reached without the proxy] */
const EXCEPTIONS: [string, string, boolean][] = [
  ['', SITE, false],
  ['*', SITE, true],
  ['*:8443', SITE, false],
  ['*:4242', SITE, true],
  ['qlik.company.com', SITE, true],
  ['qlik.company.com.', SITE, true],
  ['QLIK.Company.com', SITE, true],
  ['qlik.company.com', 'https://qlik.company.com./', true],
  ['qlik.company.com:4242', SITE, true],
  ['qlik.company.com:443', SITE, false],
  ['qlik.company.com:443', 'https://qlik.company.com', true],
  ['qlik.company.com:80', 'http://qlik.company.com', true],
  ['company.com', SITE, true],
  ['.company.com', SITE, true],
  ['.company.com', 'https://company.com', true],
  ['*.company.com', SITE, true],
  ['*.company.com', 'https://company.com', false],
  ['pany.com', SITE, false],
  ['other.com, company.com', SITE, true],
  ['other.com company.com', SITE, true],
  ['fd00::1', V6, true],
  ['[fd00::1]', V6, true],
  ['[fd00::1]:4242', V6, true],
  ['[fd00::1]:443', V6, false],
  ['fd00::2', V6, false],
  ['10.0.0.1', 'https://10.0.0.1', true],
  ['.', SITE, false],
];

for (const [list, url, excepted] of EXCEPTIONS) {
  test(`NO_PROXY="${list}" ${excepted ? 'excepts' : 'does not except'} ${url}`, () => {
    assert.equal(isExcepted(new URL(url), list), excepted);
  });
}

test('the variable of the scheme names the proxy, in any case, with or without a scheme', () => {
  const https = new URL(SITE);
  assert.equal(proxyFor(https, { https_proxy: 'proxy:3128' })?.href, 'http://proxy:3128/');
  assert.equal(proxyFor(https, { HTTPS_PROXY: '', https_proxy: 'http://a:1' })?.host, 'a:1');
  assert.equal(proxyFor(https, { HTTP_PROXY: 'http://a:1' }), undefined);
  assert.equal(proxyFor(https, { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'company.com' }), undefined);
  assert.throws(
    () => proxyFor(https, { HTTPS_PROXY: 'socks5://u:secret@a' }),
    (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
});
