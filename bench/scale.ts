import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemoSite, startSite } from '../demo/site.ts';
import type { SiteData } from '../simulator/site/data.ts';
import { measureParts, type Parts } from './parts.ts';
import { type Ran, runAction } from './transfer/action.ts';
import { type Figure, median, seconds } from './transfer/figure.ts';
import { appsOf } from './transfer/sites.ts';

const PARTS: Parts = {
  1: { title: 'Five hundred apps, fifty streams, five sites: everything is there already', measure: large },
  2: { title: 'From 60 to 480 apps, five streams, two sites', measure: growth },
};

/** What a run costs by the number of apps, streams and sites. Sites are processes of their own. */
export async function scaleBench(asked: readonly string[]): Promise<void> {
  await measureParts('scale', PARTS, asked);
}

const CPU = 3000;
const MEMORY = 250;
const RESULT = 900_000;
const LOG = 2_000_000;
const STEEPER = 1.2;

async function large(): Promise<Figure[]> {
  const { ran, bare } = await onSites({ apps: 500, streams: 50, sites: 5 }, async (run, targets) => ({
    ran: await run(),
    bare: await parseAlone(targets),
  }));
  return [
    most('processor time', ran.cpu, CPU, seconds),
    most('peak memory', ran.peak, MEMORY, value => `${value.toFixed(0)} MiB`),
    most('result', ran.result, RESULT, value => `${(value / 1000).toFixed(0)} kB`),
    most('log', ran.log, LOG, value => `${(value / 1000).toFixed(0)} kB`),
    { what: 'from start to end', measured: seconds(ran.took) },
    {
      what: "JSON.parse alone of the targets' apps",
      measured: `${seconds(bare.cpu)} for ${bare.megabytes} MB`,
    },
  ];
}

/** The least that any program in Node spends on what the sites answer: reading it, without TLS and HTTP. */
async function parseAlone(targets: readonly DemoSite[]): Promise<{ cpu: number; megabytes: string }> {
  let cpu = 0;
  let bytes = 0;
  for (const target of targets) {
    const text = JSON.stringify(await target.call('GET', 'app/full'));
    const before = process.cpuUsage();
    JSON.parse(text);
    const { user, system } = process.cpuUsage(before);
    cpu += (user + system) / 1000;
    bytes += text.length;
  }
  return { cpu, megabytes: (bytes / 1_000_000).toFixed(0) };
}

/** Processor time beyond that of a run with one app, which is the start of the process. */
async function growth(): Promise<Figure[]> {
  const cost = (apps: number) =>
    onSites({ apps, streams: 5, sites: 2 }, async run => {
      const times: number[] = [];
      for (let round = 0; round < 3; round += 1) times.push((await run()).cpu);
      return median(times);
    });
  const start = await cost(1);
  const few = (await cost(60)) - start;
  const many = (await cost(480)) - start;
  const ratio = many / few / (480 / 60);
  return [
    { what: 'one app', measured: seconds(start) },
    { what: '60 apps, beyond it', measured: seconds(few) },
    { what: '480 apps, beyond it', measured: seconds(many) },
    most('ratio of times over ratio of apps', ratio, STEEPER, value => value.toFixed(2)),
  ];
}

function most(what: string, value: number, bar: number, show: (value: number) => string): Figure {
  return { what, measured: show(value), bar: { text: `at most ${show(bar)}`, met: value <= bar } };
}

/**
 * Targets that have each app in each stream, with the stamp of the version that the source has. Each run is a dry run:
 * survey, plan and report. Another run also reads every place back.
 */
async function onSites<T>(
  { apps, streams, sites }: { apps: number; streams: number; sites: number },
  work: (run: () => Promise<Ran>, targets: readonly DemoSite[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'qrs-action-bench-scale-'));
  const started: DemoSite[] = [];
  const begin = async (name: string, data: SiteData) => {
    const path = join(folder, `${name}.yml`);
    await writeFile(path, JSON.stringify(data));
    const site = await startSite(name, path, folder);
    started.push(site);
    return site;
  };
  const names = Array.from({ length: apps }, (_, number) => `App ${number}`);
  const wanted = Array.from({ length: streams }, (_, number) => `Stream ${number}`);
  const targets = Array.from({ length: sites }, (_, number) => `site${number}`);
  // Other data on a target would mean another version.
  const lastReloadTime = new Date().toISOString();
  try {
    const dev = await begin('dev', {
      streams: ['Build'],
      apps: names.map(name => ({ name, stream: 'Build', size: 1000, lastReloadTime })),
    });
    const stamped = (await appsOf(dev)).map(({ id, name, modifiedDate }) => ({
      name,
      lastReloadTime,
      description: `[qrs-action] from "dev" app ${id} of ${modifiedDate}`,
    }));
    const live = wanted.flatMap(stream => stamped.map(app => ({ ...app, stream, size: 1000 })));
    const all = [dev];
    for (const name of targets) all.push(await begin(name, { streams: wanted, apps: live }));
    const spec = {
      from: 'dev',
      apps: [{ filter: "stream.name eq 'Build'" }],
      to: targets.map(site => ({ site, streams: wanted })),
    };
    const reached = Object.fromEntries(all.map(site => [site.name, site]));
    return await work(() => runAction(spec, reached, { 'INPUT_DRY-RUN': 'true' }), all.slice(1));
  } finally {
    for (const site of started) await site.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
