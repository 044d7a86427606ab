import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { shelf } from '../../test/sites-for-tests.ts';
import { button, push } from './events.ts';
import type { Event } from './relayed.ts';
import { DEV, TARGET } from './sites.ts';
import { changesNothing } from './withstand.ts';
import type { World } from './world.ts';
import { world } from './world.ts';

const CERTIFICATES = /^(DEV|TEST|PROD)_/;

/** Promotes Sales Overview, and finds it promoted when it runs again. */
async function promotesOnce(at: World, workflow: string, event: Event): Promise<void> {
  const run = await at.run(workflow, event);
  assert.deepEqual([run.succeeded, run.outcomes], [true, ['promoted']], run.log);
  assert.ok(shelf(at.prod).includes('Sales Overview@Everyone'));
  const again = await changesNothing(at, workflow, event);
  assert.deepEqual(again.outcomes, ['nothing-to-do'], again.log);
}

/** Takes the secrets of all sites away, so that what a workflow has comes from elsewhere. */
function withoutSecrets(at: World): Record<string, string> {
  const taken = Object.entries(at.secrets).filter(([name]) => CERTIFICATES.test(name));
  for (const [name] of taken) delete at.secrets[name];
  return Object.fromEntries(taken);
}

test('sign-in-by-jwt-and-ntlm.yml: without certificates', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  const { DEV_JWT = '', PROD_PASSWORD = '' } = withoutSecrets(at);
  Object.assign(at.secrets, { DEV_JWT, PROD_PASSWORD });
  await promotesOnce(at, 'sign-in-by-jwt-and-ntlm.yml', button());
});

test('windows-runner.yml: certificates on the disk of the runner', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  const secrets = withoutSecrets(at);
  for (const site of ['dev', 'prod']) {
    mkdirSync(join(at.kept, site));
    for (const [file, name] of [
      ['client', 'CLIENT_PEM'],
      ['client_key', 'CLIENT_KEY_PEM'],
      ['root', 'ROOT_PEM'],
    ]) {
      const path = join(at.kept, site, `${file}.pem`);
      writeFileSync(path, secrets[`${site.toUpperCase()}_${name}`] ?? '');
      at.places[`C:\\qlik\\${site}\\${file}.pem`] = path;
    }
  }
  await promotesOnce(at, 'windows-runner.yml', button());
});

test('secrets-from-vault.yml: certificates that the vault lends', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  const secrets = withoutSecrets(at);
  const of = (site: string) => ({
    certificate: secrets[`${site}_CLIENT_PEM`],
    key: secrets[`${site}_CLIENT_KEY_PEM`],
    root: secrets[`${site}_ROOT_PEM`],
  });
  const vault = { 'kv/data/qlik/dev': of('DEV'), 'kv/data/qlik/prod': of('PROD') };
  writeFileSync(join(at.kept, 'vault.json'), JSON.stringify(vault));
  await promotesOnce(at, 'secrets-from-vault.yml', button());
});

test('enterprise-server.yml: a copy of the action, no queue', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  await promotesOnce(at, 'enterprise-server.yml', button());
});

test('shared/caller.yml: a team calls the workflow of its company', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  await promotesOnce(at, 'caller.yml', push());
});

test('a secret that nobody has set fails the run, which names it', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  at.secrets.PROD_CLIENT_KEY_PEM = '';
  const listed = await changesNothing(at, 'promote-with-backup.yml', button());
  assert.match(listed.log, /\$\{PROD_CLIENT_KEY_PEM\} is used, but the environment variable is not set/);
  const single = await changesNothing(at, 'reload-task.yml', button({ task: 'Nightly' }));
  assert.match(single.log, /Inputs: key is missing/);
  assert.deepEqual([listed.succeeded, single.succeeded], [false, false]);
});
