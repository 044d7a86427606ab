import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect as shown } from 'node:util';
import type { Hub } from '../../simulator/github/hub.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { inspectRepository } from '../../src/github/check/repository.ts';
import type { GitHubCredential } from '../../src/github/credentials.ts';
import { CLASSIC, FINE_GRAINED, GITHUB_TOKEN, keyPair, world } from './world.ts';

const { privateKey, publicKey } = keyPair();
const apps = [{ id: 7, publicKeys: [publicKey], installations: [{ id: 70, account: 'acme' }] }];

const CREDENTIALS: readonly GitHubCredential[] = [
  { kind: 'token', token: CLASSIC },
  { kind: 'token', token: FINE_GRAINED },
  { kind: 'token', token: GITHUB_TOKEN },
  { kind: 'token', token: 'markedtokenwithoutanyprefix' },
  { kind: 'app', id: 7, key: privateKey, installation: 70 },
];

const OTHERS = 'gho_somebodyElsesToken0000000000000000004';

/** What somebody on the way, or GitHub, could say of a request: everything. */
const echo = (status: number, authorization: string): Fault<Hub> => ({
  status,
  headers: {
    'Content-Type': 'application/json',
    'X-OAuth-Scopes': OTHERS,
    'X-GitHub-SSO': `required; url=https://x/?a=${OTHERS}`,
  },
  body: JSON.stringify({
    message: `You sent authorization: ${authorization} and ${OTHERS}`,
    errors: [{ message: authorization }],
  }),
});

for (const credential of CREDENTIALS) {
  const what = credential.kind === 'app' ? 'an App' : credential.token.slice(0, 11);
  test(`no secret is told, even when the answers hold them: ${what}`, async () => {
    const between = await startForwardProxy({
      credentials: { username: 'anna', password: 'markedPassword' },
    });
    const scene = await world({ apps }, { credential, environment: { HTTP_PROXY: between.url } });
    const told: string[] = [];
    const tell = (one: unknown) => told.push(shown(one, { depth: 9, breakLength: Number.POSITIVE_INFINITY }));
    tell(await scene.send());
    const minted = [...scene.hub.hub.tokens.keys()];
    const used = credential.kind === 'app' ? (minted.at(-1) ?? '') : credential.token;
    for (const status of [307, 400, 401, 403, 404, 422, 429, 451, 500, 503]) {
      scene.fault(echo(status, `token ${used}`));
      tell(await scene.send());
      scene.hub.faults.clear();
    }
    for (const status of [401, 403, 500]) {
      scene.hub.faults.add({
        path: /installations/,
        fault: echo(status, `bearer eyJhbGciOi.eyJpYXQi.markedSignature`),
        times: 9,
      });
      scene.hub.faults.add({ method: 'GET', path: /acme/, fault: echo(status, `token ${used}`), times: 9 });
      tell(await scene.send({ repository: `acme/other${status}` }));
      tell(await inspectRepository(scene.github, 'acme/events', ['x'], new AbortController().signal));
      scene.hub.faults.clear();
    }
    await between.stop();
    tell(await scene.send());
    const everything = [...told, ...scene.log.lines].join('\n');
    assert.ok(everything.includes('You sent authorization: token ***'), everything);
    const keyLines = privateKey.split('\n').filter(line => line.length > 20 && !line.startsWith('---'));
    const secrets = [...minted, used, OTHERS, 'markedPassword', 'markedSignature', ...keyLines];
    for (const secret of secrets) assert.ok(!everything.includes(secret), secret);
  });
}

test('a token that looks like none of GitHub is not told either', async () => {
  const scene = await world(
    { apps },
    { credential: { kind: 'app', id: 7, key: privateKey, installation: 70 } },
  );
  const minted = { token: 'markedoddtoken', expires_at: new Date(Date.now() + 3_600_000).toISOString() };
  const body = JSON.stringify(minted);
  scene.hub.faults.add({
    path: /access_tokens/,
    fault: { status: 201, headers: { 'Content-Type': 'application/json' }, body },
  });
  scene.fault(echo(403, 'token markedoddtoken'));
  const outcome = await scene.send();
  assert.equal(outcome.kind, 'refused');
  assert.ok(!shown([outcome, scene.log.lines], { depth: 9 }).includes('markedoddtoken'));
});

test('the tokens that an App has had do not pile up among the secrets', async () => {
  const scene = await world(
    { apps },
    { credential: { kind: 'app', id: 7, key: privateKey, installation: 70 } },
  );
  for (const token of ['markedoddtoken', 'quitestrange']) {
    const body = JSON.stringify({ token, expires_at: new Date(scene.clock.now() + 3_600_000).toISOString() });
    const headers = { 'Content-Type': 'application/json' };
    scene.hub.faults.add({ path: /access_tokens/, fault: { status: 201, headers, body } });
    await scene.send();
    assert.equal(scene.github.redact(`it is ${token}`), 'it is ***');
    scene.clock.time += 3_600_000;
  }
  assert.equal(scene.github.redact('it was markedoddtoken'), 'it was markedoddtoken');
});
