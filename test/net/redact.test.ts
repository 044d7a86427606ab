import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redacting } from '../../src/net/redact.ts';

const LINES = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7', 'Yx+/81hJx2vR3q0Bt8aEX6IshortEnd=='];
const PEM = `-----BEGIN PRIVATE KEY-----\n${LINES.join('\n')}\n-----END PRIVATE KEY-----\n`;
const SECRET = 'marked-secret-with-äöü/and+signs';

const SHOWN: [string, string][] = [
  ['as it is', SECRET],
  ['in an address', `https://host/notify/${encodeURIComponent(SECRET)}?x`],
  ['in base64', Buffer.from(SECRET).toString('base64')],
  ['behind a user, in base64', `Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`],
  ['behind another user, in base64', `Basic ${Buffer.from(`user1:${SECRET}`).toString('base64')}`],
  ['behind a third user, in base64', `Basic ${Buffer.from(`user22:${SECRET}`).toString('base64')}`],
  ['in JSON', JSON.stringify({ header: SECRET })],
  ['cut at its end', `403 ${SECRET.slice(0, 17)}`],
  ['cut at its beginning', `…${SECRET.slice(9)} was sent`],
  ['cut at both ends', `…${SECRET.slice(5, 22)}…`],
  ['a key cut in the middle of its lines', LINES[0]?.slice(20, 40) ?? ''],
  ['twice', `${SECRET} and ${SECRET}`],
  ['a key', PEM],
  ['a key on one line', LINES.join('')],
  ['a line of a key', `> ${LINES[1]}`],
  ['a line of a key in an address', encodeURIComponent(LINES[1] ?? '')],
  ['a key in base64', Buffer.from(PEM).toString('base64')],
  ['a key without its last line break, in base64', Buffer.from(PEM.trim()).toString('base64')],
  ['a key in JSON', JSON.stringify(PEM)],
  ['a token of GitHub that nobody told', 'Authorization: token github_pat_0123456789abc'],
  ['a JSON Web Token that nobody told', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJ1c2VyIjoiYSJ9.c2ln'],
  ['a JSON Web Token that was cut', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJ1c2'],
];

/** What nobody may see anywhere: pieces of them. */
const PIECES = [
  'marked-sec',
  'with-äöü',
  'd-secret-with',
  'FAASCBKcwggSj',
  'bWFya2Vk',
  'MIIEvQIB',
  'Yx+/81',
  'Yx%2B',
  'TUlJRXZR',
  '0123456789abc',
  'eyJ',
];

for (const [name, text] of SHOWN) {
  test(`a secret is taken out: ${name}`, () => {
    const redact = redacting();
    redact.add(SECRET);
    redact.add(PEM);
    const clean = redact(text);
    assert.match(clean, /\*\*\*/);
    for (const piece of PIECES) assert.ok(!clean.includes(piece), clean);
  });
}

test('what is no secret stays', () => {
  const redact = redacting();
  redact.add('short');
  redact.add('');
  const text = 'A short text of github_pages, and eyJ.';
  assert.equal(redact(text), text);
});

test('a stream loses its secrets, also at the borders of its pieces, and nothing else', async () => {
  const redact = redacting();
  redact.add(SECRET);
  const noise = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]);
  const file = Buffer.concat([noise, Buffer.alloc(70_000, 'x\n'), Buffer.from(`a ${SECRET} b\n`), noise]);
  async function* pieces() {
    for (let at = 0; at < file.length; at += 7) yield file.subarray(at, at + 7);
  }
  const out: Uint8Array[] = [];
  for await (const piece of redact.stream(pieces())) out.push(piece);
  const clean = Buffer.concat([noise, Buffer.alloc(70_000, 'x\n'), Buffer.from('a *** b\n'), noise]);
  assert.ok(Buffer.concat(out).equals(clean));
});
