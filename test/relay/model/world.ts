import { request } from 'undici';
import { startGitHub } from '../../../simulator/github/server.ts';
import { freePort } from '../../../simulator/wire/free-port.ts';
import { numbers } from '../../numbers.ts';
import { ANSWERS, type Answer, type AnswerName } from './answers.ts';
import type { Book } from './book.ts';
import { startGateway } from './gateway.ts';
import { startGround } from './ground.ts';
import { createHours, type Hours } from './hours.ts';
import { type Plan, planOf, REPOSITORIES, yamlOf } from './plans.ts';
import { type Relay, startRelay } from './relay.ts';
import { type DevSite, ignoreGoodbyes, type SiteName, startSites } from './sites.ts';
import { watchTraffic } from './traffic.ts';

const TOKEN = 'github_pat_relayrelayrelay';
/** What is there when the relay is first started has long been there, ms. */
const BEFORE = 3_600_000;
const NAMES = ['dev', 'prod'] as const;

export interface WorldOptions {
  /** Default: the plan "plain". */
  plan?: Plan;
  dev?: DevSite;
  /** More of relay.yml. */
  more?: string;
  /** Between renewals of a subscription, ms: for days that are not about them. */
  period?: number;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Two sites, GitHub behind a gateway, and a relay between them, in one process, in a time of their own. */
export async function createWorld(seed: number, options: WorldOptions = {}) {
  const book: Book = {
    ...{ edits: [], notified: [], forged: [], calls: [], disturbances: [], outages: [] },
    ...{ ends: [], clocks: [], wanted: [] },
    now: 0,
  };
  const random = numbers(seed);
  /** When a relay was killed that does not know yet. */
  let dying: { at: number } | undefined;
  let killNext = false;
  let relay: Relay | undefined;
  let plan = options.plan ?? planOf('plain');
  let secret = '';
  /** What changes while a subscription is out of the configuration is caught up when it is back. */
  const firstWatched = new Map<string, number>();
  const lines: string[] = [];

  const traffic = watchTraffic(({ path, status }) => {
    const [, subscription, word] = /^\/notify\/([^/]+)\/([^/?]+)/.exec(path) ?? [];
    if (subscription === undefined || word === undefined) return;
    secret = word;
    const accepted = status !== undefined && status < 300 && !dying;
    book.notified.push({ at: hours.now(), subscription, accepted });
  });
  const ground = await startGround(traffic);
  const hours: Hours = createHours(traffic, ground.moved);
  const sites = await startSites(hours.simulators, book.edits, options.dev);
  await hours.pass(BEFORE);
  const github = await startGitHub({
    clock: hours.simulators,
    repositories: REPOSITORIES.map(name => ({ name })),
    tokens: [
      { token: TOKEN, kind: 'fine-grained', repositories: REPOSITORIES, permissions: { contents: 'write' } },
    ],
    switches: { apart: 1000 },
  });
  /** How GitHub answers for a repository, for an app by its id, or for everybody. */
  const answers = new Map<string, AnswerName>();
  const answerFor = (key: string): Answer | undefined => {
    const name = answers.get(key);
    if (!name) return undefined;
    const answer: Answer = ANSWERS[name](hours.now());
    if (answer.once) answers.delete(key);
    return answer;
  };
  const port = await freePort();
  const die = () => {
    ground.die();
    dying = { at: hours.now() };
  };
  const gateway = await startGateway({
    github: github.url,
    now: hours.now,
    decide: ({ repository, payload }) =>
      answerFor('everybody') ?? answerFor(payload.object.id) ?? answerFor(repository) ?? ANSWERS.taken(),
    taken: () => {
      if (!killNext) return false;
      killNext = false;
      die();
      return true;
    },
    lives: () => dying === undefined,
  });
  book.calls = gateway.calls;

  /** When something began that keeps the relay from hearing or reading; 0: it does not. */
  const since = { down: hours.now(), github: 0, dev: 0, prod: 0, lossy: 0, disk: 0 };
  const disturb = (from: number, which?: SiteName) => {
    for (const site of NAMES)
      if (which === undefined || which === site) book.disturbances.push({ site, from, to: hours.now() });
  };

  async function start(): Promise<void> {
    const asked = plan;
    const { more = '' } = options;
    const yaml = yamlOf(asked, {
      ...sites,
      port,
      github: gateway.url,
      token: TOKEN,
      store: ground.place,
      more,
    });
    hours.newProcess();
    relay = startRelay(yaml, hours.relay, random, options.period);
    await relay.listening;
    await traffic.settled();
    book.wanted = asked.subscriptions.map(({ yaml: _, ...one }) => {
      const since = firstWatched.get(one.name) ?? hours.now();
      firstWatched.set(one.name, since);
      return { ...one, since };
    });
    disturb(since.down);
  }

  async function end(killed: boolean): Promise<void> {
    if (!relay) return;
    if (killed && !dying) die();
    ignoreGoodbyes(sites, killed);
    await relay.stop();
    await traffic.settled();
    ignoreGoodbyes(sites, false);
    lines.push(...relay.lines, '— the relay ended —');
    const failed = relay.failed();
    relay = undefined;
    since.down = dying?.at ?? hours.now();
    book.ends.push(since.down);
    if (dying) ground.restore();
    dying = undefined;
    if (failed !== undefined) throw failed;
  }

  async function notifyText(subscription: string, text: string): Promise<void> {
    if (secret === '') return;
    const at = hours.now();
    const url = `http://127.0.0.1:${port}/notify/${subscription}/${secret}`;
    const headers = { 'content-type': 'application/json' };
    const status = await request(url, { method: 'POST', headers, body: text }).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode;
      },
      () => 0,
    );
    const accepted = status >= 200 && status < 300 && !dying;
    book.notified.push({ at, subscription, accepted, text });
  }

  return {
    ...{ book, hours, sites, github, gateway, answers, ground, traffic, since, disturb, start, end },
    plan: (next: Plan) => {
      plan = next;
    },
    /** The next dispatch that GitHub takes is the last thing that this relay lives to see. */
    killAtNextDispatch: (armed: boolean) => {
      killNext = armed;
    },
    isDying: () => dying !== undefined,
    failed: () => relay?.failed(),
    lines: () => [...lines, ...(relay?.lines ?? [])],
    appsOf: (name: SiteName) => [...sites[name].site.apps.values()],
    get: async (path: string) => {
      const { body } = await request(`http://127.0.0.1:${port}${path}`);
      return body.text();
    },
    /** Posts to the address of a subscription, which is known once a site has used it. */
    notify: (subscription: string, items: unknown) => notifyText(subscription, JSON.stringify(items)),
    notifyText,
    stop: async () => {
      await relay?.stop();
      await Promise.all([sites.dev.stop(), sites.prod.stop(), github.stop(), gateway.stop()]);
      traffic.stop();
      await ground.stop();
    },
  };
}
