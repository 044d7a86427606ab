import { request } from 'undici';
import { type RelayStage, relayStage } from '../../test/relay/stage.ts';
import { type Figure, seconds } from '../transfer/figure.ts';

const REPOSITORIES = 5;
const APPS = 200;
const CHANGES = 10_000;
const HOUR = 3_600_000;
/** From GitHub's return to the first dispatch, and from that to the last one, ms. */
const FIRST = 70_000;
const ALL = 240_000;

/** An hour without GitHub, on a clock that is moved by hand. */
export async function outage(): Promise<Figure[]> {
  const repositories = Array.from({ length: REPOSITORIES }, (_, index) => `acme/repository-${index}`);
  const stage = await relayStage({
    repositories,
    subscriptions: repositories.map((repository, index) => subscription(repository, index)).join(''),
    data: {
      apps: Array.from({ length: APPS }, (_, index) => ({ name: `App ${index}`, stream: 'Build', size: 10 })),
    },
  });
  try {
    stage.time.hand.advance(600_000);
    await stage.start();
    await stage.time.pass(1_000);
    await stage.github.away();
    const firsts = await changes(stage);
    const tried = (await stage.look(store => store.list({ limit: CHANGES }))).filter(
      ({ attempts }) => attempts > 0,
    ).length;
    await stage.github.back();
    const back = stage.time.now();
    await stage.time.pass(FIRST + ALL + 60_000);
    return figures(stage, { firsts, tried, back });
  } finally {
    await stage.close();
  }
}

const subscription = (repository: string, index: number) => `  - name: watched-${index}
    site: dev
    entity: App
    ignore-users: []
    send: { repository: ${repository}, event: changed }
`;

/** Every app belongs to one repository, and changes again and again. Resolves to the apps in their first order. */
async function changes(stage: RelayStage): Promise<string[]> {
  const apps = [...stage.dev.site.apps.values()];
  const secret = await stage.secret();
  const turns = CHANGES / REPOSITORIES;
  for (let turn = 0; turn < turns; turn += 1) {
    for (let index = 0; index < REPOSITORIES; index += 1) {
      const app = apps[(turn * REPOSITORIES + index) % APPS];
      if (!app) continue;
      app.modifiedDate = stage.dev.site.now();
      const item = { changeType: 2, objectType: 'App', objectID: app.id, changedProperties: ['name'] };
      const url = `${stage.at}/notify/watched-${index}/${secret}`;
      const body = JSON.stringify([{ ...item, modifiedDate: app.modifiedDate }]);
      await (await request(url, { method: 'POST', body })).body.dump();
    }
    await stage.time.pass(HOUR / turns);
  }
  return apps.map(({ id }) => id);
}

function figures(
  stage: RelayStage,
  { firsts, tried, back }: { firsts: readonly string[]; tried: number; back: number },
): Figure[] {
  const { dispatches } = stage.github;
  const told = stage.told();
  const taken = dispatches.map(({ at }) => at);
  const [first = Number.NaN, last = Number.NaN] = [taken[0], taken.at(-1)];
  const counted = told.reduce((sum, { count }) => sum + count, 0);
  const order = [...Map.groupBy(told, ({ subscription }) => subscription).values()].every(lane => {
    const places = [...new Set(lane.map(({ object }) => object.id))].map(id => firsts.indexOf(id));
    return places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0));
  });
  return [
    {
      what: 'changes in the payloads',
      measured: String(counted),
      bar: { text: String(CHANGES), met: counted === CHANGES },
    },
    {
      what: 'dispatches',
      measured: `${told.length}, of ${tried} rows that were tried before`,
      bar: { text: `at most ${APPS + tried}`, met: told.length <= APPS + tried },
    },
    { what: 'in order in each repository', measured: String(order), bar: { text: 'true', met: order } },
    {
      what: "from GitHub's return to the first",
      measured: seconds(first - back),
      bar: { text: `at most ${seconds(FIRST)}`, met: first - back <= FIRST },
    },
    {
      what: 'from the first to the last',
      measured: seconds(last - first),
      bar: { text: `at most ${seconds(ALL)}`, met: last - first <= ALL },
    },
  ];
}
