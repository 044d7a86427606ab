import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '../../src/github/route.ts';

const API = 'https://api.github.com';
const P = 'http://proxy:3128';

/** [what, url, environment, the proxy] */
const ROUTES: readonly [string, string, Record<string, string | undefined>, string | undefined][] = [
  ['nothing set', API, {}, undefined],
  ['an empty variable', API, { HTTPS_PROXY: '' }, undefined],
  ['a blank one', API, { HTTPS_PROXY: ' ' }, undefined],
  ['upper case', API, { HTTPS_PROXY: P }, 'proxy:3128'],
  ['lower case', API, { https_proxy: P }, 'proxy:3128'],
  ['any case', API, { Https_Proxy: P }, 'proxy:3128'],
  ['lower before upper', API, { HTTPS_PROXY: 'http://upper:1', https_proxy: P }, 'proxy:3128'],
  ['an empty lower one leaves the upper one', API, { HTTPS_PROXY: P, https_proxy: '' }, 'proxy:3128'],
  ['the variable of the other scheme', API, { HTTP_PROXY: P }, undefined],
  ['http', 'http://ghe/api/v3', { HTTP_PROXY: P, HTTPS_PROXY: 'http://other:1' }, 'proxy:3128'],
  ['no scheme', API, { HTTPS_PROXY: 'proxy:3128' }, 'proxy:3128'],
  ['name and password', API, { HTTPS_PROXY: 'http://anna:pw@proxy:3128' }, 'proxy:3128'],
  ['excepted by name', API, { HTTPS_PROXY: P, NO_PROXY: 'api.github.com' }, undefined],
  ['excepted by domain', API, { HTTPS_PROXY: P, NO_PROXY: 'github.com' }, undefined],
  ['excepted by .domain', API, { HTTPS_PROXY: P, no_proxy: 'x,.github.com' }, undefined],
  ['excepted by *.domain', API, { HTTPS_PROXY: P, NO_PROXY: '*.github.com' }, undefined],
  ['excepted in another case', API, { HTTPS_PROXY: P, NO_PROXY: 'API.GitHub.com' }, undefined],
  ['a part of a name is no domain', API, { HTTPS_PROXY: P, NO_PROXY: 'hub.com' }, 'proxy:3128'],
  ['everything excepted', API, { HTTPS_PROXY: P, NO_PROXY: 'a, *' }, undefined],
  ['excepted with its port', API, { HTTPS_PROXY: P, NO_PROXY: 'api.github.com:443' }, undefined],
  ['excepted with another port', API, { HTTPS_PROXY: P, NO_PROXY: 'api.github.com:8443' }, 'proxy:3128'],
  ['an address', 'https://[::1]:8443/api/v3', { HTTPS_PROXY: P, NO_PROXY: '[::1]:8443' }, undefined],
  ['a bare address', 'https://[::1]/api/v3', { HTTPS_PROXY: P, NO_PROXY: '::1' }, undefined],
];

for (const [what, url, environment, expected] of ROUTES) {
  test(`proxy: ${what}`, () => {
    assert.equal(proxyFor(new URL(url), environment)?.host, expected);
  });
}
