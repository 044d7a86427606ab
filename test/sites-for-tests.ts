import { tmpdir } from 'node:os';
import type { Simulator } from '../simulator/server.ts';
import { startSimulator } from '../simulator/server.ts';
import type { SiteData } from '../simulator/site/data.ts';
import type { SwitchesInput } from '../simulator/site/switches.ts';
import type { Clock } from '../src/base/clock.ts';
import { StoppedError } from '../src/base/errors.ts';
import type { Log } from '../src/base/log.ts';
import type { Report } from '../src/base/report.ts';
import type { EventApp } from '../src/promote/event-app.ts';
import { promote } from '../src/promote/promote.ts';
import { readSpec } from '../src/promote/spec.ts';
import type { Site } from '../src/sites/site.ts';

/** What sleeps this long is a beat beside the work, not a wait: it ends with the work. Ms. */
export const BEAT = 5 * 60_000;

/** A clock on which waits take no time. */
export function quickClock(): Clock & { waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.now(),
    sleep: async (ms, signal) => {
      waits.push(ms);
      if (ms >= BEAT && !signal.aborted)
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      await new Promise(resolve => setImmediate(resolve));
      if (signal.aborted) throw new StoppedError('Stopped while waiting.');
    },
  };
}

export function keepingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    debug: () => {},
    info: line => lines.push(line),
    warning: line => lines.push(`Warning: ${line}`),
    failure: line => lines.push(`Error: ${line}`),
    group: (_, work) => work(),
  };
}

/** How the product would be told to reach a simulated site. */
export function siteOf(name: string, simulator: Simulator, names: string[] = []): Site {
  const { url, certificate, key, ca, user } = simulator;
  const credentials = { kind: 'certificate', certificate, key } as const;
  return { name, names, url, credentials, ca, user, serverName: undefined, insecure: false, concurrency: 2 };
}

export const PROPERTIES = {
  PromoteToServer: [
    'Test - Overwrite',
    'Test - Duplicate',
    'Prod - Overwrite',
    'Prod - Duplicate',
    'Moon - Overwrite',
    'Test',
    'test - overwrite',
    'Test - Disapproved overwrite list',
    'my-test - Overwrite',
  ],
  PromoteToStream: ['Everyone', 'Review', 'Foo', 'Bar'],
};

export const SPEC = `
from: dev
apps: event
to: { properties: { server: PromoteToServer, stream: PromoteToStream } }
done: { tag: Promoted }
`;

export interface Stage {
  dev: Simulator;
  test: Simulator;
  sites: Site[];
  /** The id of the first app on dev. */
  app: string;
  /** Promotes as a workflow would; the event is about the first app unless said otherwise. */
  run(spec?: string, more?: Partial<RunOptions>): Promise<Report>;
  stop(): Promise<void>;
}

export interface RunOptions {
  event: EventApp | undefined;
  dryRun: boolean;
  signal: AbortSignal;
  log: Log;
  clock: Clock;
  run: string;
  sites: Site[];
}

type AppData = NonNullable<SiteData['apps']>[number];

export interface StageOptions {
  /** Over the app "Demo Build" of 300 kB, published in "Build". */
  app?: Partial<AppData>;
  devApps?: AppData[];
  devData?: Partial<SiteData>;
  testData?: Partial<SiteData>;
  devSwitches?: SwitchesInput;
  testSwitches?: SwitchesInput;
  /** More sites of the product's view, made of simulators the caller stops. */
  more?: Site[];
}

/** Two simulated sites: an app asks on dev, test has it in Everyone and could take it in Review. */
export async function stage(options: StageOptions = {}): Promise<Stage> {
  const app = { name: 'Demo Build', stream: 'Build', size: '300 KB', ...options.app };
  const dev = await startSimulator({
    name: 'dev',
    data: {
      streams: ['Build'],
      tags: ['Promoted'],
      customProperties: PROPERTIES,
      apps: [app, ...(options.devApps ?? [])],
      ...options.devData,
    },
    ...(options.devSwitches ? { switches: options.devSwitches } : {}),
  });
  const test = await startSimulator({
    name: 'test',
    data: {
      streams: ['Everyone', 'Review'],
      apps: [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB', description: 'The old one' }],
      ...options.testData,
    },
    ...(options.testSwitches ? { switches: options.testSwitches } : {}),
  });
  const sites = [siteOf('dev', dev), siteOf('test', test), ...(options.more ?? [])];
  const [first] = dev.site.apps.values();
  const id = first?.id ?? '';
  let runs = 0;
  return {
    dev,
    test,
    sites,
    app: id,
    run: (spec = SPEC, more = {}) =>
      promote(readSpec({ from: 'promote', text: spec }), {
        sites,
        event: { id, site: undefined },
        dryRun: false,
        folder: tmpdir(),
        run: `run-${++runs}`,
        clock: quickClock(),
        signal: new AbortController().signal,
        log: keepingLog(),
        ...more,
      }),
    stop: async () => {
      await Promise.all([dev.stop(), test.stop()]);
    },
  };
}

/** The apps of a site as users and administrators see them. */
export function appsOn(simulator: Simulator): { name: string; stream: string | undefined; id: string }[] {
  return [...simulator.site.apps.values()].map(({ id, name, stream }) => ({
    id,
    name,
    stream: stream?.name,
  }));
}

/** `name@stream`, sorted; an unpublished app has no stream. */
export function shelf(simulator: Simulator): string[] {
  return appsOn(simulator)
    .map(({ name, stream }) => `${name}@${stream ?? ''}`)
    .sort();
}

export function tagsOf(simulator: Simulator, id: string): string[] {
  return simulator.site.apps.get(id)?.tags.map(tag => tag.name) ?? [];
}

/** Working copies that were left show no sign of life for a day: now they are certainly nobody's. */
export function forgetCopies(simulator: Simulator): void {
  const long = new Date(Date.now() - 25 * 3_600_000).toISOString();
  for (const app of simulator.site.apps.values()) {
    if (app.name.startsWith('qrs-action working copy'))
      Object.assign(app, { createdDate: long, modifiedDate: long });
  }
}

/** Requests that change something on a site. A preview of a right is a POST, and changes nothing. */
export function changes(simulator: Simulator): string[] {
  return simulator.counters.requests
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/previewcreateprivilege'))
    .map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '·')}`);
}
