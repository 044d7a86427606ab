import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, looked } from './command.ts';
import { folder, here, NOW, states, store } from './fates.ts';

const REDELIVERED: [string[], string[]][] = [
  [
    ['--subscription', 'app-updated'],
    ['dead', 'unread'],
  ],
  [
    ['--since', '4h'],
    ['dead', 'late', 'unread'],
  ],
  [['--until', '90m'], ['dead']],
  [['--since', '4h', '--state', 'delivered'], ['delivered']],
];

for (const [args, expected] of REDELIVERED) {
  test(`relay redeliver ${args.map(one => one.slice(0, 13)).join(' ')}`, async () => {
    const { path } = await store();
    const before = await states(path);
    const dry = await command(['redeliver', '--store', path, '--dry-run', ...args], here);
    assert.match(dry.stdout, new RegExp(`^${expected.length} would be sent again\\.$`, 'm'));
    assert.deepEqual(await states(path), before);
    const { code, stdout } = await command(['redeliver', '--store', path, ...args], here);
    assert.equal(code, 0);
    const found = expected.length === 1 ? '1 change' : `${expected.length} changes`;
    const will = `${expected.length} will be sent again, each under its own id`;
    const unsure =
      'Without a configuration nobody can say whether a subscription still asks for them. A relay whose ' +
      'configuration has no such subscription gives them up again. With --config, this command says which ones.';
    assert.ok(
      stdout.endsWith(
        `${found} found.\n${unsure}\n${will}. No relay runs on this store: "run" sends them.\n`,
      ),
      stdout,
    );
    const again = Object.fromEntries(expected.map(object => [object, 'pending']));
    assert.deepEqual(await states(path), { ...before, ...again });
  });
}

test('relay redeliver --id: what was told as well; an id that is none is told, and nothing is done', async () => {
  const { path, ids } = await store();
  const before = await states(path);
  const both = ['--id', ids.delivered ?? '', '--id', 'nobody'];
  const wrong = await command(['redeliver', '--store', path, ...both], here);
  assert.match(wrong.stderr, /^There is no change with the id "nobody"\.\n/);
  assert.equal(wrong.code, 2);
  const waits = await command(['redeliver', '--store', path, '--id', ids.pending ?? ''], here);
  assert.deepEqual(
    [waits.code, waits.stderr],
    [1, `There is no change ${ids.pending} that was dispatched or given up.\n`],
  );
  assert.deepEqual(await states(path), before);
  const { code } = await command(['redeliver', '--store', path, ...both.slice(0, 2)], here);
  assert.deepEqual([code, (await states(path)).delivered], [0, 'pending']);
  const unread = await command(['redeliver', '--store', path, '--id', ids.unread ?? ''], here);
  // What its site could not show is read back again.
  assert.match(unread.stdout, /^1 will be sent again, each under its own id\. /m);
  assert.equal((await states(path)).unread, 'pending');
});

for (const name of ['list', 'redeliver', 'discard']) {
  test(`relay ${name} --subscription, misspelt: the nearest name, and 2`, async () => {
    const { path } = await store();
    await looked(path, store => store.know('app-updated', { first: NOW, until: NOW }));
    const { code, stderr } = await command([name, '--store', path, '--subscription', 'app-updatd'], here);
    assert.match(stderr, /^There is no subscription "app-updatd"\. Did you mean "app-updated"\?\n/);
    assert.equal(code, 2);
  });
}

test('relay list --repository, misspelt: the nearest name, and 2', async () => {
  const { path } = await store();
  const { code, stderr } = await command(['list', '--store', path, '--repository', 'acme/event'], here);
  assert.match(stderr, /^There is no repository "acme\/event"\. Did you mean "acme\/events"\?\n/);
  assert.equal(code, 2);
});

test('relay redeliver: what nothing would send is told, and stays as it is', async () => {
  const { path } = await store();
  const config = join(folder, 'fewer.yml');
  const subscription = (name: string, repository: string) =>
    `  - { name: ${name}, site: dev, entity: App, send: { repository: ${repository}, event: changed } }\n`;
  const site =
    "sites: { dev: { url: 'https://dev.example.com/jwt', jwt: eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl } }\n";
  const github = 'github: { token: ghp_commandcommand }\n';
  const text = `${site}listen: { url: 'http://relay.example.com:8080' }\n${github}store: ${path}\nsubscriptions:\n`;
  writeFileSync(
    config,
    text + subscription('app-updated', 'Acme/Events') + subscription('app-deleted', 'acme/other'),
  );
  const before = await states(path);
  const { code, stdout, stderr } = await command(['redeliver', '--config', config, '--since', '4h'], here);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /Without a configuration/);
  assert.match(
    stdout,
    /^3 changes found\.\n1 of them cannot be sent: .* \(app-deleted to acme\/events\)\.\n2 will be sent again/m,
  );
  assert.deepEqual(await states(path), { ...before, dead: 'pending', unread: 'pending' });
});

const DISCARDED: [string[], string[]][] = [
  [
    ['--repository', 'Acme/Events'],
    ['late', 'dead', 'pending', 'unread'],
  ],
  [['--older', '90m'], ['dead']],
  [['--older', '90m', '--state', 'delivered'], ['delivered']],
  [['--subscription', 'app-deleted'], ['late']],
];

for (const [args, expected] of DISCARDED) {
  test(`relay discard ${args.join(' ')}: says how many, and removes them with --yes`, async () => {
    const { path } = await store();
    const before = await states(path);
    const counted = expected.length === 1 ? '1 change' : `${expected.length} changes`;
    const asked = await command(['discard', '--store', path, ...args], here);
    assert.equal(asked.code, 0, asked.stderr);
    assert.ok(
      asked.stdout.endsWith(`${counted} would be removed for good. Add --yes to remove them.\n`),
      asked.stdout,
    );
    assert.deepEqual(await states(path), before);
    const done = await command(['discard', '--store', path, '--yes', ...args], here);
    assert.ok(done.stdout.endsWith(`${counted} removed.\n`), done.stdout);
    const left = Object.entries(before).filter(([object]) => !expected.includes(object));
    assert.deepEqual(await states(path), Object.fromEntries(left));
  });
}

test('relay discard --id', async () => {
  const { path, ids } = await store();
  const { stdout } = await command(['discard', '--store', path, '--id', ids.late ?? '', '--yes'], here);
  assert.match(stdout, /^1 change removed\.$/m);
  assert.equal((await states(path)).late, undefined);
  const { code, stderr } = await command(['discard', '--store', path, '--id', 'nobody', '--yes'], here);
  assert.match(stderr, /^There is no change with the id "nobody"\.\n/);
  assert.equal(code, 2);
});
