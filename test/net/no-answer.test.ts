import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoAnswer } from '../../src/net/no-answer.ts';
import type { Peer } from '../../src/net/trouble.ts';

const peer: Peer = { host: 'qlik.example:4242', ca: true, hints: { cut: 'CUT' } };

const alert = (number: number) =>
  Object.assign(
    new Error(`40BDE2A6:error:0A000410:SSL routines:ssl3_read_bytes: :SSL alert number ${number}`),
    {
      code: 'ERR_SSL_SSL/TLS_ALERT',
    },
  );
const coded = (code: string, message = code, more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });

/** [what, error, says, final, unsent] */
const ROWS: [string, Error, RegExp, boolean, boolean][] = [
  ['alert 40', alert(40), /^qlik\.example:4242 and this program have no TLS in common/, true, true],
  ['alert 42', alert(42), /^the client certificate was refused \(bad certificate\)$/, true, true],
  ['alert 45', alert(45), /^the client certificate was refused \(certificate expired\)$/, true, true],
  [
    'alert 48',
    alert(48),
    /^the client certificate was refused \(its authority is not known there\)$/,
    true,
    true,
  ],
  ['alert 70', alert(70), /^qlik\.example:4242 speaks no version of TLS that is safe today$/, true, true],
  ['alert 116', alert(116), /^the client certificate was refused \(a certificate is required\)$/, true, true],
  [
    'a short key',
    coded('UNSPECIFIED', 'EE certificate key too weak'),
    /^the server's certificate is too weak/,
    true,
    true,
  ],
  [
    'SHA-1',
    coded('UNSPECIFIED', 'CA signature digest algorithm too weak'),
    /is too weak for today's TLS/,
    true,
    true,
  ],
  ['TLS 1.0', coded('ERR_SSL_UNSUPPORTED_PROTOCOL'), /speaks no version of TLS that is safe/, true, true],
  ['plain http', coded('ERR_SSL_WRONG_VERSION_NUMBER'), /does not speak TLS$/, true, true],
  ['plain http, seen by the parser', coded('HPE_INVALID_CONSTANT'), /does not speak TLS$/, true, true],
  [
    'no HTTP',
    coded('HPE_INVALID_HEADER_TOKEN'),
    /^what qlik\.example:4242 answers is not HTTP as it should be/,
    false,
    false,
  ],
  ['a gone host', coded('ETIMEDOUT'), /^qlik\.example:4242 no longer answers$/, false, false],
  [
    'a cut connection',
    coded('ECONNRESET', 'read ECONNRESET'),
    /^the connection was cut \(read ECONNRESET\)$/,
    false,
    false,
  ],
  [
    'several addresses that refuse, wrapped by fetch',
    new Error('fetch failed', { cause: new AggregateError([coded('ECONNREFUSED')]) }),
    /^nothing listens at qlik\.example:4242$/,
    false,
    true,
  ],
  [
    'a certificate with a common name alone',
    coded('ERR_TLS_CERT_ALTNAME_INVALID', 'Host: SECRET', { cert: { subject: { CN: 'QLIK-DEV01' } } }),
    /^the server's certificate is made out to other names \(QLIK-DEV01\)$/,
    true,
    true,
  ],
  [
    'a certificate without a name',
    coded('ERR_TLS_CERT_ALTNAME_INVALID', 'Host: SECRET', { cert: {} }),
    /^the server's certificate has no name$/,
    true,
    true,
  ],
];

for (const [what, error, says, final, unsent] of ROWS) {
  test(`no answer: ${what}`, () => {
    const told = whyNoAnswer(error, peer);
    assert.match(told.says, says);
    assert.doesNotMatch(told.says, /SECRET/);
    assert.deepEqual([told.final, told.unsent], [final, unsent]);
  });
}

test('no answer: the client says what its users look at', () => {
  assert.equal(whyNoAnswer(coded('EPIPE'), peer).hint, 'CUT');
  assert.equal(
    whyNoAnswer(new Error('Proxy response (502) !== 200 when HTTP Tunneling'), {
      ...peer,
      proxy: 'proxy:3128',
    }).says,
    'the proxy proxy:3128 gave no way to qlik.example:4242 (502)',
  );
});
