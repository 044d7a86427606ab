import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieJar } from '../../src/qrs/session/cookies.ts';

const PAST = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';
const FUTURE = 'expires = Fri, 31 Dec 2199 23:59:59 GMT';

for (const [attributes, kept] of [
  ['Path=/', true],
  [FUTURE, true],
  [`Max-Age=60; ${PAST}`, true],
  [`${PAST}; HttpOnly`, false],
  ['max-age=0', false],
  [`Max-Age=-1; ${FUTURE}`, false],
  ['Expires=tomorrow', true],
] as const) {
  test(`cookies: one with "${attributes}" is ${kept ? 'kept' : 'removed'}`, () => {
    const jar = cookieJar();
    for (const line of ['S=old', `S=new; ${attributes}`]) {
      jar.keep({ headers: { 'set-cookie': line } });
    }
    assert.deepEqual(jar.header(), kept ? { cookie: 'S=new' } : {});
  });
}
