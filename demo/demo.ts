import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type DemoSite, startSite } from './site.ts';

/**
 * Two simulated sites and the action between them: an app asks for its promotion, gets it, is left alone when it
 * is promoted already, and loses the tag when it no longer asks. Then two reloads, one good and one bad.
 */

const SPEC = `from: dev
apps: event
to:
  properties: { server: PromoteToServer, stream: PromoteToStream }
done: { tag: Promoted }
`;

const SITES = `dev:
  url: \${DEV_URL}
  certificate: \${DEV_CERTIFICATE}
  key: \${DEV_KEY}
  ca: \${DEV_CA}
test:
  url: \${TEST_URL}
  certificate: \${TEST_CERTIFICATE}
  key: \${TEST_KEY}
  ca: \${TEST_CA}
`;

const named = z.object({ id: z.string(), name: z.string() });
const appSchema = z.looseObject({
  ...named.shape,
  description: z.string(),
  fileSize: z.number(),
  stream: named.nullish(),
  tags: z.array(named),
  customProperties: z.array(z.looseObject({ value: z.string(), definition: z.looseObject(named.shape) })),
});
type App = z.infer<typeof appSchema>;

const say = (text = '') => process.stdout.write(`${text}\n`);
const title = (text: string) => say(`\n━━ ${text} ${'━'.repeat(Math.max(3, 96 - text.length))}\n`);

async function apps(site: DemoSite): Promise<App[]> {
  return z.array(appSchema).parse(await site.call('GET', 'app/full?orderby=name'));
}

async function showSite(site: DemoSite): Promise<void> {
  say(`  ${site.name}:`);
  for (const { name, stream, fileSize, tags, description, id } of await apps(site)) {
    const size = `${(fileSize / 1e6).toFixed(0)} MB`;
    const tag = tags.length > 0 ? `  [${tags.map(one => one.name).join(', ')}]` : '';
    say(`    ${name} in ${stream?.name ?? '(unpublished)'}, ${size}, ${id}${tag}`);
    for (const line of description.split('\n')) say(`      ${line}`);
  }
}

async function showSites(sites: readonly DemoSite[]): Promise<void> {
  for (const site of sites) await showSite(site);
}

/** Sets or empties the app's promotion properties, as somebody would in the hub. */
async function ask(dev: DemoSite, values: Readonly<Record<string, readonly string[]>>): Promise<App> {
  const definitions = z.array(named).parse(await dev.call('GET', 'custompropertydefinition'));
  const [app] = await apps(dev);
  if (!app) throw new Error('the site dev has no app');
  const customProperties = Object.entries(values).flatMap(([name, chosen]) => {
    const definition = definitions.find(one => one.name === name);
    return chosen.map(value => ({ value, definition: { id: definition?.id } }));
  });
  await dev.call('PUT', `app/${app.id}`, { ...app, customProperties });
  return app;
}

/** Runs dist/index.js as the runner runs an action: inputs and files in the environment, workflow commands out. */
async function runAction(
  folder: string,
  app: App,
  sites: readonly DemoSite[],
  inputs: Readonly<Record<string, string>>,
  expected: number,
): Promise<void> {
  const at = (name: string) => join(folder, name);
  mkdirSync(at('temp'), { recursive: true });
  for (const name of ['output', 'summary']) writeFileSync(at(name), '');
  const event = {
    action: 'qlik-app-updated',
    client_payload: { site: 'dev', entity: 'App', change: 'update', object: { id: app.id, name: app.name } },
  };
  writeFileSync(at('event.json'), JSON.stringify(event));
  const secrets = sites.flatMap(({ name, url, certificate, key, ca }) => {
    const upper = name.toUpperCase();
    return [
      [`${upper}_URL`, url],
      [`${upper}_CERTIFICATE`, readFileSync(certificate, 'utf8')],
      [`${upper}_KEY`, readFileSync(key, 'utf8')],
      [`${upper}_CA`, readFileSync(ca, 'utf8')],
    ];
  });
  const action = spawn(process.execPath, [new URL('../dist/index.js', import.meta.url).pathname], {
    env: {
      ...Object.fromEntries(secrets),
      ...inputs,
      INPUT_SITES: SITES,
      'INPUT_DRY-RUN': 'false',
      GITHUB_EVENT_NAME: 'repository_dispatch',
      GITHUB_EVENT_PATH: at('event.json'),
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_RUN_ID: '1',
      RUNNER_TEMP: at('temp'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  action.stdout.on('data', piece => {
    log += piece;
  });
  const [code] = await once(action, 'close');
  say("The action's log:");
  for (const line of log.split('\n'))
    if (line !== '' && !/^::(add-mask|debug|endgroup)/.test(line)) say(`  │ ${line}`);
  say(
    `  exit code ${code}, outputs: outcome=${/outcome<<\S+\r?\n(\S+)/.exec(readFileSync(at('output'), 'utf8'))?.[1]}`,
  );
  say('The job summary:');
  for (const line of readFileSync(at('summary'), 'utf8').trim().split('\n')) say(`  │ ${line}`);
  expect(`exit code ${expected}`, code === expected);
}

function expect(what: string, right: boolean): void {
  if (!right) throw new Error(`The demo went wrong: ${what}`);
}

async function demo(folder: string, [dev, test]: readonly [DemoSite, DemoSite]): Promise<void> {
  const sites = [dev, test];
  title('Before');
  await showSites(sites);

  title('In the hub of dev, somebody asks for "Demo Build" to be promoted');
  const wish = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review', 'Foo'] };
  say(
    `  PromoteToServer: ${wish.PromoteToServer.join(', ')}\n  PromoteToStream: ${wish.PromoteToStream.join(', ')}\n`,
  );
  const app = await ask(dev, wish);
  say(`The spec in the workflow:\n${SPEC.replace(/^(?=.)/gm, '  │ ')}`);
  await runAction(folder, app, sites, { INPUT_PROMOTE: SPEC }, 0);

  title('After: Everyone has the new one under the old id, Review has it too, Foo does not exist');
  await showSites(sites);
  const after = JSON.stringify(await apps(test));
  expect('test has it in two streams', (await apps(test)).length === 2);

  title('The same event again: nothing is done twice');
  await runAction(folder, app, sites, { INPUT_PROMOTE: SPEC }, 0);
  expect('test is as it was', JSON.stringify(await apps(test)) === after);

  title('The property is emptied in the hub: the tag goes');
  await ask(dev, {});
  await runAction(folder, app, sites, { INPUT_PROMOTE: SPEC }, 0);
  await showSite(dev);
  expect(
    'dev has no tagged app',
    (await apps(dev)).every(({ tags }) => tags.length === 0),
  );
  title('A reload, followed to its end');
  await runAction(folder, app, sites, { INPUT_RELOAD: 'site: dev\ntask: Nightly Sales' }, 0);

  title('A reload that fails fails the job, with the end of its script log');
  await runAction(folder, app, sites, { INPUT_RELOAD: 'site: dev\ntask: Nightly Stock' }, 1);
  say('\nThat is all. Try your own spec on two simulated sites: see docs/simulator.md.');
}

const folder = mkdtempSync(join(tmpdir(), 'qrs-action-demo-'));
const data = (name: string) => new URL(`${name}.yml`, import.meta.url).pathname;
const started: DemoSite[] = [];
try {
  const dev = await startSite('dev', data('dev'), folder);
  started.push(dev);
  const test = await startSite('test', data('test'), folder);
  started.push(test);
  await demo(folder, [dev, test]);
} finally {
  for (const site of started) await site.stop();
  rmSync(folder, { recursive: true, force: true });
}
