import { runAction } from './action.ts';
import { type Figure, seconds } from './figure.ts';
import { NAMES, onTrio } from './trio.ts';

const APPS = Array.from({ length: 100 }, (_, index) => `App ${index}`);
const STREAMS = ['One', 'Two', 'Three', 'Four', 'Five'];
const DELAY = 50;
const FASTER = 3.5;
const ON_SOURCE = 5;
const ON_TARGET = 8;
const FURTHER = 2;

interface Cost {
  took: number;
  /** Requests for each app, those for all apps together included. */
  source: number;
  /** On the target that was asked more. */
  target: number;
}

/** Sites that are far away: what counts is how often they are asked, and how much of the waiting is shared. */
export async function many(): Promise<Figure[]> {
  const one = await promoteAll({ concurrency: 1 });
  const four = await promoteAll({});
  const replacing = await promoteAll({ replacing: true });
  const [wide, wider] = [await promoteAll({ streams: 5 }), await promoteAll({ streams: 5, replacing: true })];
  const faster = one.took / four.took;
  const kept = await promoteAll({ streams: 5, copyKeepsDescription: true });
  const further = (cost: Cost, first: Cost) => (cost.target - first.target) / 4;
  return [
    { what: 'concurrency: 1', measured: seconds(one.took) },
    { what: 'concurrency: 4', measured: seconds(four.took) },
    {
      what: 'faster with 4',
      measured: `${faster.toFixed(2)} times`,
      bar: { text: `at least ${FASTER} times`, met: faster >= FASTER },
    },
    requests('per app on the source', Math.max(one.source, four.source, replacing.source), ON_SOURCE),
    requests('per app on each target, publishing', Math.max(one.target, four.target), ON_TARGET),
    requests('per app on each target, replacing', replacing.target, ON_TARGET),
    requests('for each further stream, publishing', further(wide, four), FURTHER),
    requests(
      'for each further stream, publishing, if a copy keeps the description',
      further(kept, four),
      FURTHER,
    ),
    requests('for each further stream, replacing', further(wider, replacing), FURTHER),
  ];
}

function requests(where: string, measured: number, most: number): Figure {
  return {
    what: `requests ${where}`,
    measured: measured.toFixed(2),
    bar: { text: `at most ${most}`, met: measured <= most },
  };
}

interface Asked {
  concurrency?: number;
  /** The apps are on the targets already, in an older version. */
  replacing?: boolean;
  streams?: number;
  /** No public source says whether it does (docs/qrs.md 9). */
  copyKeepsDescription?: boolean;
}

function promoteAll(asked: Asked): Promise<Cost> {
  const { concurrency = 4, replacing = false, streams: count = 1, copyKeepsDescription = false } = asked;
  const streams = STREAMS.slice(0, count);
  const apps = (stream: string) => APPS.map(name => ({ name, stream, size: 20_000 }));
  const target = { streams, apps: replacing ? streams.flatMap(apps) : [] };
  const data = {
    dev: { streams: ['Build'], tags: ['Promoted'], apps: apps('Build') },
    test: target,
    prod: target,
  };
  return onTrio(data, { descriptionTravels: copyKeepsDescription }, async trio => {
    for (const name of NAMES) {
      trio[name].faults.add({ times: Number.POSITIVE_INFINITY, fault: { delay: DELAY } });
    }
    const spec = {
      from: 'dev',
      apps: APPS.map(name => ({ name })),
      to: ['test', 'prod'].map(site => ({ site, streams })),
      done: { tag: 'Promoted' },
      concurrency,
    };
    const { took } = await runAction(spec, trio);
    const [source, ...targets] = NAMES.map(name => trio[name].counters.requests.length / APPS.length);
    return { took, source: source ?? 0, target: Math.max(...targets) };
  });
}
