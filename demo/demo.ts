import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type GitHub, startGitHub } from '../simulator/github/server.ts';
import { runAction } from './action.ts';
import { heldBack } from './held-back.ts';
import { type DemoRelay, startRelay } from './relay.ts';
import { expect, quote, say, title } from './say.ts';
import { appsOf, named, showSites } from './show.ts';
import { type DemoSite, startSite } from './site.ts';

/**
 * The whole story, with everything in a process of its own but GitHub: somebody asks for a promotion in the hub of
 * one site, QRS calls the relay, the relay dispatches, GitHub starts the workflow, the action promotes the app to
 * the other site and tags it; and the tag's own notification ends as not wanted. Then reloads, good and bad.
 */

const SPEC = `from: dev
apps: event
to:
  properties: { server: PromoteToServer, stream: PromoteToStream }
done: { tag: Promoted }
`;
const TOKEN = 'github_pat_of_the_demo';
const REPOSITORY = 'acme/qlik-events';
const WORKFLOW = `name: Promote
on:
  repository_dispatch:
    types: [qlik-app-updated, qlik-reload-failed]
`;

/** Sets or empties the app's promotion properties, as somebody would in the hub. */
async function ask(dev: DemoSite, values: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const definitions = z.array(named).parse(await dev.call('GET', 'custompropertydefinition'));
  const [app] = await appsOf(dev);
  if (!app) throw new Error('the site dev has no app');
  const customProperties = Object.entries(values).flatMap(([name, chosen]) => {
    const definition = definitions.find(one => one.name === name);
    return chosen.map(value => ({ value, definition: { id: definition?.id } }));
  });
  await dev.call('PUT', `app/${app.id}`, { ...app, customProperties });
  for (const [name, chosen] of Object.entries(values)) say(`  ${name}: ${chosen.join(', ')}`);
}

interface World {
  folder: string;
  dev: DemoSite;
  test: DemoSite;
  github: GitHub;
  relay: DemoRelay;
}

/** Waits for the next dispatch, and starts the workflow that listens to it, as GitHub would. */
async function workflow({ folder, dev, test, github }: World, number: number): Promise<void> {
  const event = (await github.dispatched(number, 15_000))[number - 1];
  if (!event) throw new Error('no dispatch came');
  const { event_type, client_payload, runs } = event;
  say(`QRS called the relay, and the relay dispatched ${event_type} to ${REPOSITORY}:`);
  quote(JSON.stringify(client_payload, undefined, 1).replace(/\n\s*/g, ' '));
  expect('a workflow listens', runs.length === 1);
  say(`GitHub starts ${runs[0]?.workflow}.`);
  await runAction(
    folder,
    [dev, test],
    { INPUT_PROMOTE: SPEC },
    { event: { action: event_type, client_payload } },
  );
}

async function demo(world: World): Promise<void> {
  const { folder, dev, test, relay, github } = world;
  title('Before');
  await showSites(dev, test);
  await heldBack({ folder, dev, test, show: () => showSites(test) });

  title('The relay checks what it needs');
  const checked = await relay.command('check');
  quote(checked);
  expect('the check finds nothing to fix', !/^\d+ of these must be fixed/m.test(checked));

  title('In the hub of dev, somebody asks for "Demo Build" to be promoted');
  say('The spec in the workflow:');
  quote(SPEC);
  say('The properties of the app:');
  const wish = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review', 'Foo'] };
  await ask(dev, wish);
  await workflow(world, 1);

  title('After: Everyone has the new one under the old id, Review has it too, Foo does not exist');
  await showSites(dev, test);
  expect('test has it in two streams', (await appsOf(test)).length === 2);

  title("The action's tag was a change, too. The relay received it and did not dispatch it");
  quote(await relay.until(/unwanted .*it was changed by INTERNAL\\sa_api/));
  expect('it was dispatched once', github.dispatches.length === 1);

  title('Somebody empties the property in the hub: the action removes the tag');
  await ask(dev, {});
  await workflow(world, 2);
  await showSites(dev);
  expect(
    'dev has no tagged app',
    (await appsOf(dev)).every(({ tags }) => tags.length === 0),
  );

  title('A reload, followed to its end');
  await runAction(folder, [dev, test], { INPUT_RELOAD: 'site: dev\ntask: Nightly Sales' });

  title('A reload that fails fails the job, with the end of its script log');
  await runAction(folder, [dev, test], { INPUT_RELOAD: 'site: dev\ntask: Nightly Stock' }, { expected: 1 });
  const told = await relay.until(/delivered .*reload-failed/);
  say('\nThe relay dispatched that as well. Every change that it received:');
  quote(told);
  say('\nThat is all. Try your own spec on two simulated sites: npm run playground (docs/start.md).');
}

const folder = mkdtempSync(join(tmpdir(), 'qrs-action-demo-'));
const data = (name: string) => fileURLToPath(new URL(`${name}.yml`, import.meta.url));
const started: { stop(): Promise<void> }[] = [];
const start = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
  const one = await starting;
  started.unshift(one);
  return one;
};
try {
  const github = await start(
    startGitHub({
      repositories: [{ name: REPOSITORY, files: { '.github/workflows/promote.yml': WORKFLOW } }],
      tokens: [
        {
          token: TOKEN,
          kind: 'fine-grained',
          repositories: [REPOSITORY],
          permissions: { contents: 'write' },
        },
      ],
    }),
  );
  const dev = await start(startSite('dev', data('dev'), folder));
  const test = await start(startSite('test', data('test'), folder));
  const relay = await start(startRelay(folder, [dev, test], { url: github.url, token: TOKEN }));
  await demo({ folder, dev, test, github, relay });
  expect('GitHub was asked as its description says', github.breaches.length === 0);
} finally {
  for (const one of started) await one.stop();
  rmSync(folder, { recursive: true, force: true });
}
