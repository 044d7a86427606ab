import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SiteData } from '../../simulator/data.ts';
import type { Dispatch } from '../../simulator/github/dispatches.ts';
import { type GitHub, startGitHub } from '../../simulator/github/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { allWaysIn, PASSWORD, token, USERS } from '../../test/ways-in.ts';
import { adapt, type Places } from './adapt.ts';
import { type Run, runWorkflow } from './engine.ts';
import { type Relay, startRelay } from './relay.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');
const STAND_INS = join(import.meta.dirname, 'stand-ins');
/** The repository that the examples name. */
const REPOSITORY = 'company/qlik-events';
const RELAY_TOKEN = 'github_pat_of_the_relay';
const JOB_TOKEN = 'ghs_of_the_job';
/** From a change on a site to its dispatch. Ms. */
const LONGEST = 30_000;
const SITES = ['dev', 'test', 'prod'] as const;
type SiteName = (typeof SITES)[number];

/** What starts a workflow. */
export interface Event {
  name: string;
  payload: { client_payload?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
}

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
  const secrets = secretsOf(sites);
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

  let said = '';
  let prepared = false;
  let relay: Promise<Relay> | undefined;
  return {
    ...{ dev, test, prod },
    ...all,
    run: async (workflow, event) => {
      if (!prepared) prepare(all);
      prepared = true;
      const lines = adapt(example(workflow), places).said.join('\n  ');
      if (said !== lines) t.diagnostic(`${workflow}, adapted:\n  ${lines}`);
      said = lines;
      return runWorkflow(folder, {
        repository,
        workflow,
        event,
        secrets,
        variables,
        actions,
        env: environmentOf(kept, hub),
      });
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

function secretsOf(sites: readonly { name: string; site: Simulator }[]): Record<string, string> {
  const entries = sites.flatMap(({ name, site }) => [
    [`${name.toUpperCase()}_CLIENT_PEM`, site.certificate],
    [`${name.toUpperCase()}_CLIENT_KEY_PEM`, site.key],
    [`${name.toUpperCase()}_ROOT_PEM`, site.ca],
    [`${name.toUpperCase()}_JWT`, token()],
    [`${name.toUpperCase()}_READER_JWT`, token()],
    [`${name.toUpperCase()}_PASSWORD`, PASSWORD],
  ]);
  return { GITHUB_TOKEN: JOB_TOKEN, ...Object.fromEntries(entries) };
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

/** The paths of all example workflows in examples/, by their file names. */
const PATHS = new Map(
  ['workflows', 'shared'].flatMap(folder =>
    readdirSync(join(EXAMPLES, folder)).map(name => [name, join(EXAMPLES, folder, name)] as const),
  ),
);
const workflows = () => [...PATHS.keys()];

function example(workflow: string): string {
  return readFileSync(PATHS.get(workflow) ?? workflow, 'utf8');
}

/** This action as it is in dist/, and a stand-in for each that cannot be had here, by the names in the examples. */
function actionsIn(folder: string): Record<string, string> {
  const ours = join(folder, 'qrs-action');
  cpSync(join(ROOT, 'dist'), join(ours, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'action.yml'), join(ours, 'action.yml'));
  const others = workflows().flatMap(name => [
    ...example(name).matchAll(/uses: [\w.-]+\/([\w.-]+)@[0-9a-f]{40}/g),
  ]);
  const named = others
    .filter(([, name]) => name !== 'checkout')
    .map(([uses, name = '']) => [uses.replace('uses: ', ''), join(STAND_INS, name)]);
  return { 'qrs-action/qrs-action@v1': ours, 'company/qrs-action@v1': ours, ...Object.fromEntries(named) };
}

/** Commits the examples as a repository has them, adapted. */
function prepare({ repository, origin, places }: Pick<World, 'repository' | 'origin' | 'places'>): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), adapt(text, places).text);
  };
  for (const name of workflows()) write(`.github/workflows/${name}`, example(name));
  for (const name of readdirSync(join(EXAMPLES, 'qlik')))
    write(`qlik/${name}`, readFileSync(join(EXAMPLES, 'qlik', name), 'utf8'));
  const git = (...words: string[]) => execFileSync('git', words, { cwd: repository });
  git('init', '--quiet', '--initial-branch', 'main');
  git('remote', 'add', 'origin', `https://github.com/${REPOSITORY}`);
  git('config', `url.${origin}.pushInsteadOf`, `https://github.com/${REPOSITORY}`);
  git('add', '--all');
  git(
    '-c',
    'user.name=Anna',
    '-c',
    'user.email=anna@company.com',
    'commit',
    '--quiet',
    '--message',
    'Examples',
  );
  git('clone', '--quiet', '--bare', repository, origin);
}

interface Around {
  folder: string;
  hub: GitHub;
  places: Places;
  secrets: Readonly<Record<string, string>>;
}

async function relayOf(t: TestContext, { folder, hub, places, secrets }: Around): Promise<Relay> {
  const example = readFileSync(join(EXAMPLES, 'relay', 'relay.yml'), 'utf8');
  const { text } = adapt(example, { ...places, 'https://api.github.com': hub.url });
  const relay = await startRelay(folder, text, { ...secrets, GITHUB_DISPATCH_TOKEN: RELAY_TOKEN });
  t.after(() => relay.stop());
  return relay;
}

async function relayed(relay: Relay, hub: GitHub, workflow: string, change: () => unknown): Promise<Event> {
  const { promise, resolve } = Promise.withResolvers<Dispatch | undefined>();
  const stop = hub.onDispatch(dispatch => {
    if (dispatch.runs.some(run => run.workflow === `.github/workflows/${workflow}`)) resolve(dispatch);
  });
  const timer = setTimeout(resolve, LONGEST, undefined);
  await change();
  const dispatch = await promise;
  clearTimeout(timer);
  stop();
  if (!dispatch)
    throw new Error(`The relay did not start ${workflow} within ${LONGEST} ms:\n${relay.list()}`);
  const { event_type, client_payload } = dispatch;
  return { name: 'repository_dispatch', payload: { action: event_type, branch: 'main', client_payload } };
}
