import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import type { GitHubCredential } from '../../src/github/credentials.ts';
import { connected, FINE_GRAINED, keyPair, wordsOf } from '../github/world.ts';
import { startFront } from './front.ts';
import { HOSTILITIES } from './hostilities.ts';

/** A dispatch, and the token of an App before it, meet every kind of hostility. */

const PER_CALL = 800;
const dev = await startSimulator({ name: 'dev', data: {} });
after(() => dev.stop());
const { privateKey } = keyPair();
const pieces = [FINE_GRAINED, ...(privateKey.match(/^[A-Za-z0-9+/]{60,}$/gm) ?? [])];

const WAYS: [string, GitHubCredential, RegExp][] = [
  ['a dispatch', { kind: 'token', token: FINE_GRAINED }, /\/dispatches$/],
  ['the token of an App', { kind: 'app', id: '7', key: privateKey, installation: 9 }, /\/access_tokens$/],
];

for (const [what, credential, path] of WAYS) {
  test(`hostile: ${what} meets everything`, async () => {
    const wrong: string[] = [];
    for (const [name, does] of Object.entries(HOSTILITIES)) {
      const front = await startFront(dev, [{ path, does }]);
      const { github, log, send } = connected(front.url, { ca: dev.ca, credential, timeout: PER_CALL });
      const began = performance.now();
      const outcome = await send();
      const took = performance.now() - began;
      await github.close();
      await front.stop();
      const said = JSON.stringify([outcome, log.lines]);
      if (front.met() === 0) wrong.push(`${name}: was not met`);
      // A token that was too old or too new is asked for once more.
      if (took > 4 * PER_CALL + 2000) wrong.push(`${name}: took ${Math.round(took)} ms`);
      if (pieces.some(piece => said.includes(piece))) wrong.push(`${name}: shows a secret: ${said}`);
      if (/TypeError|\[object/.test(said)) wrong.push(`${name}: ${said}`);
      const text = [wordsOf(outcome), ...log.lines].join('\n');
      if (/[^\P{Cc}\n]|\p{Bidi_Control}/u.test(text)) wrong.push(`${name}: raw control characters: ${said}`);
    }
    assert.deepEqual(wrong, []);
  });
}
