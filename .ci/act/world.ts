import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type GitHub, startGitHub } from '../../simulator/github/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { allWaysIn, USERS } from '../../test/ways-in.ts';
import { adapt } from './adapt.ts';
import { type Run, runWorkflow } from './engine.ts';
import type { Relay } from './relay.ts';
import { type Event, RELAY_TOKEN, relayed, relayOf } from './relayed.ts';
import { actionsIn, example, prepare, REPOSITORY, STAND_INS, workflows } from './repository.ts';
import { assertNoSecret, secretsOf } from './secrets.ts';

const JOB_TOKEN = 'ghs_of_the_job';
const SITES = ['dev', 'test', 'prod'] as const;
type SiteName = (typeof SITES)[number];

export interface World extends Record<SiteName, Simulator> {
  hub: GitHub;
  /** A clone of the repository, and what it pushes to. */
  repository: string;
  origin: string;
  /** Where stand-ins keep what they are given, and where a test finds it. */
  kept: string;
  /** More to be replaced in an example, and more secrets and variables. */
  places: Record<string, string>;
  secrets: Record<string, string>;
  variables: Record<string, string>;
  run(workflow: string, event: Event): Promise<Run>;
  /** The event by which the relay starts a workflow when that is done on a site. */
  relayed(workflow: string, change: () => unknown): Promise<Event>;
}

/** Three simulated sites, a GitHub, and a repository with all the examples, until the test ends. */
export async function world(t: TestContext, data: Partial<Record<SiteName, SiteData>> = {}): Promise<World> {
  // act 0.2.89 starts bash with the path of a script as several words where it has blanks.
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-act-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const start = async (name: SiteName) => {
    const site = await startSimulator({ name, data: { users: USERS, ...data[name] } });
    const proxy = await allWaysIn(site);
    t.after(() => Promise.all([proxy.stop(), site.stop()]));
    return { name, site, proxy };
  };
  const sites = await Promise.all(SITES.map(start));
  const hub = await startGitHub(hubData());
  t.after(() => hub.stop());
  const places = Object.fromEntries(
    sites.flatMap(({ name, site, proxy }) => [
      [`https://qlik-${name}.company.com:4242`, site.url],
      [`https://qlik-${name}.company.com/jwt`, proxy.url('jwt/inner')],
      [`https://qlik-${name}.company.com/windows`, proxy.url('win')],
    ]),
  );
  const kept = join(folder, 'kept');
  mkdirSync(kept);
  const repository = join(folder, 'repository');
  const origin = join(folder, 'origin.git');
  const secrets = { GITHUB_TOKEN: JOB_TOKEN, ...secretsOf(sites) };
  const variables = {
    COMPANY_ROOT_PEM: sites.map(({ site }) => site.ca).join(''),
    QLIK_USER: 'INTERNAL\\sa_api',
    QLIK_ACCOUNT: 'COMPANY\\anna',
    VAULT_URL: 'https://vault.company.com:8200',
  };
  const actions = actionsIn(folder);
  const all = { hub, repository, origin, kept, places, secrets, variables };
  const [dev, test, prod] = sites.map(({ site }) => site);
  if (!dev || !test || !prod) throw new Error('a site is missing');

  const printed = new Set<string>();
  let prepared = false;
  let relay: Promise<Relay> | undefined;
  return {
    ...{ dev, test, prod },
    ...all,
    run: async (workflow, event) => {
      if (!prepared) prepare(all);
      prepared = true;
      const { said } = adapt(example(workflow), places);
      if (!printed.has(workflow)) t.diagnostic(`${workflow}, adapted:\n  ${said.join('\n  ')}`);
      printed.add(workflow);
      const run = await runWorkflow(folder, {
        repository,
        workflow,
        event,
        secrets,
        variables,
        actions,
        env: environmentOf(kept, hub),
      });
      assertNoSecret(run.log, secrets);
      return run;
    },
    relayed: async (workflow, change) => {
      relay ??= relayOf(t, { folder, hub, places, secrets });
      return relayed(await relay, hub, workflow, change);
    },
  };
}

function hubData() {
  const files = Object.fromEntries(workflows().map(name => [`.github/workflows/${name}`, example(name)]));
  return {
    repositories: [{ name: REPOSITORY, files }],
    tokens: [
      {
        token: RELAY_TOKEN,
        kind: 'fine-grained' as const,
        repositories: [REPOSITORY],
        permissions: { contents: 'write' as const },
      },
      {
        token: JOB_TOKEN,
        kind: 'installation' as const,
        repositories: [REPOSITORY],
        permissions: { pull_requests: 'write' as const },
      },
    ],
  };
}

function environmentOf(kept: string, hub: GitHub): Record<string, string> {
  return {
    PATH: [join(STAND_INS, 'programs'), process.env.PATH].join(':'),
    ARTIFACTS: join(kept, 'artifacts'),
    ISSUES: join(kept, 'issues.json'),
    VAULT: join(kept, 'vault.json'),
    GITHUB_API_URL: hub.url,
  };
}
