import { groundOf } from './case.ts';
import { run } from './said.ts';
import type { Scenario } from './scenarios.ts';
import { createWorld, type SiteName, siteNamed } from './world.ts';

/** One request of a run, as a fault finds it again. */
export interface Request {
  readonly site: SiteName;
  readonly method: string;
  readonly path: RegExp;
  /** How many of that kind came before in the run. */
  readonly after: number;
  readonly label: string;
}

/** A run that is followed is asked for again and again: of these polls so many stand for all. */
const POLLS = 2;

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** The requests of a run to which nothing happens. Throws if it does not come to what the scenario says. */
export async function requestsOf(scenario: Scenario): Promise<Request[]> {
  const world = await createWorld(scenario.sites, scenario.way);
  try {
    const { source } = await groundOf(world, scenario);
    for (const name of world.names) world.site(name).counters.reset();
    const said = await run(world, scenario, source);
    if (said.outcome !== scenario.clean) throw new Error(`${scenario.name}: ${said.text}`);
    return world.names.flatMap(site => kindsOf(site, world.site(site).counters.requests));
  } finally {
    await world.stop();
  }
}

function kindsOf(site: SiteName, requests: readonly { method: string; path: string }[]): Request[] {
  const seen = new Map<string, number>();
  const all = requests.map(({ method, path }) => {
    const shape = decodeURI(path).replace(ID, '·');
    const after = seen.get(`${method} ${shape}`) ?? 0;
    seen.set(`${method} ${shape}`, after + 1);
    return requestNamed(`${site} ${method} ${shape} #${after + 1}`);
  });
  return all.filter(({ path, after }) => after < POLLS || !path.source.includes('/execution'));
}

/** A request by its label. Throws for any other text. */
export function requestNamed(label: string): Request {
  const [, name, method = '', shape = '', count] = /^(\w+) ([A-Z]+) (.+) #(\d+)$/.exec(label) ?? [];
  const site = siteNamed(name);
  if (!site) throw new Error(`"${label}" is no label of a request`);
  const pattern = shape.replaceAll('.', '\\.').replaceAll('·', '[0-9a-f-]{36}').replaceAll(' ', '(%20| )');
  return { site, method, path: new RegExp(`^${pattern}$`), after: Number(count) - 1, label };
}
