import type { App } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import { type Attributes, lackingAttributes, planAttributes } from './attributes.ts';
import type { Options } from './options.ts';
import type { PlannedStream, Step, TargetPlan } from './planned.ts';
import { type Origin, readStamp, sameOrigin } from './stamp.ts';
import type { TargetFacts } from './survey.ts';
import type { Wish } from './wish.ts';
import { isWorkingCopy } from './working-copy.ts';

export function planTarget(
  from: Site | undefined,
  app: App,
  source: Origin,
  wish: Wish,
  facts: TargetFacts,
): { target: TargetPlan; refusals: string[] } {
  const { site, mode, options } = wish;
  const name = options.name ?? app.name;
  const origin = { ...source, data: source.data && options.data === 'keep' };
  const { streams, missing, refusals } = pickStreams(wish, facts);
  const { attributes, refusals: lacking } = planAttributes(options, facts, site.name);
  const steps: Step[] = [];
  for (const stream of streams) {
    const step = planStep({ from, app, name, origin, wish, attributes, facts }, stream);
    if ('refusal' in step) refusals.push(step.refusal);
    else steps.push(step);
  }
  const leftovers = facts.apps.filter(one => isWorkingCopy(one, app.id));
  const stamped = options.describe ? origin : undefined;
  const target: TargetPlan = {
    site,
    mode,
    name,
    options,
    attributes,
    steps,
    missing,
    make: 'upload',
    leftovers,
    twins: [],
    lost: undefined,
    origin: stamped,
  };
  return { target, refusals: [...refusals, ...lacking] };
}

interface Placement {
  /** Undefined for an app from a file. */
  from: Site | undefined;
  app: App;
  name: string;
  origin: Origin;
  wish: Wish;
  attributes: Attributes;
  facts: TargetFacts;
}

function planStep(placement: Placement, stream: PlannedStream): Step | { refusal: string } {
  const { from, app, name, origin, facts } = placement;
  const { site, mode, options } = placement.wish;
  const there = facts.apps.filter(one => one.published && one.stream?.id === stream.id && one.name === name);
  const stamped = there.find(one => sameOrigin(readStamp(one.description), origin));
  const [only, second] = there;
  if (mode === 'duplicate') return stamped ? keep(placement, stream, stamped) : { do: 'publish', stream };
  if (!only) return { do: 'publish', stream };
  if (second) return { refusal: twins(site, stream, there) };
  if (stamped && hasOurData(stamped, app, options)) return keep(placement, stream, stamped);
  if (site.url === from?.url && only.id === app.id) {
    return { refusal: `on site "${site.name}" it would replace itself in stream "${stream.name}".` };
  }
  return { do: 'replace', stream, app: only };
}

function keep({ wish, attributes }: Placement, stream: PlannedStream, app: App): Step {
  const pending = readStamp(app.description)?.pending === true;
  const reload = wish.options.reload === 'after' && pending;
  const lacks = lackingAttributes(app, attributes);
  return { do: 'keep', stream, app, lacks, reload, evidence: 'stamp', since: undefined };
}

/** A reload on the target, or another tool's replace, moves its data away from the version that the stamp says. */
function hasOurData(there: App, app: App, { data, reload }: Options): boolean {
  return data === 'drop' || reload !== 'none' || there.lastReloadTime === app.lastReloadTime;
}

function pickStreams({ site, streams: wanted, options }: Wish, facts: TargetFacts) {
  const streams: PlannedStream[] = [];
  const missing: string[] = [];
  const refusals: string[] = [];
  const where = `site "${site.name}"`;
  for (const name of wanted) {
    const found = facts.streams.filter(stream => stream.name === name);
    const [only] = found;
    if (found.length > 1) {
      const ids = found.map(stream => stream.id).join(', ');
      refusals.push(`${where} has ${found.length} streams called "${name}" (${ids}); rename all but one.`);
    } else if (only) streams.push({ id: only.id, name });
    else if (options.missingStream === 'create') streams.push({ id: undefined, name });
    else missing.push(name);
  }
  const names = missing.map(name => `"${name}"`).join(', ');
  if (missing.length > 0 && options.missingStream === 'fail')
    refusals.push(`${where} has no stream ${names}.`);
  else if (missing.length === wanted.length) {
    refusals.push(
      `${where} has none of the wanted streams: ${names}. Has ${site.user} the right to see them?`,
    );
  }
  return { streams, missing, refusals };
}

function twins(site: Site, stream: PlannedStream, apps: readonly App[]): string {
  const ids = apps.map(app => app.id).join(', ');
  const name = apps[0]?.name;
  return (
    `on site "${site.name}" stream "${stream.name}" has ${apps.length} apps called "${name}" (${ids}); ` +
    `which one to replace is a guess, so remove or rename all but one.`
  );
}
