import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noAnswer } from '../../src/qrs/no-answer.ts';
import type { Site } from '../../src/sites/site.ts';

const site: Site = {
  name: 'dev',
  names: [],
  url: 'https://qlik.example/jwt',
  credentials: { kind: 'jwt', jwt: 'MARKED' },
  ca: undefined,
  user: 'the user of the token',
  serverName: undefined,
  insecure: false,
  concurrency: 2,
};

for (const [code, says, mayBeDone] of [
  ['EAI_AGAIN', 'the host name qlik.example could not be looked up. Does the name server', false],
  ['EHOSTUNREACH', 'there is no way through the network to qlik.example. Is this machine in', false],
  ['ENETUNREACH', 'there is no way through the network to qlik.example. Is this machine in', false],
  ['ETIMEDOUT', 'qlik.example no longer answers. Does a firewall', true],
] as const) {
  test(`no answer: ${code}`, () => {
    const error = noAnswer(site, 'read apps', Object.assign(new Error(`connect ${code}`), { code }));
    assert.ok(
      error.message.startsWith(`Site "dev" gave no answer when asked to read apps: ${says}`),
      error.message,
    );
    assert.deepEqual([error.mayBeDone, error.final], [mayBeDone, false]);
  });
}
