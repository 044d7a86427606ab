import { count } from '../../base/units.ts';
import type { Site } from '../../sites/site.ts';
import type { AppOutcome, TargetOutcome } from '../outcome.ts';
import { NO_STREAM, targetHasWork } from './words.ts';

/** More apps would make the picture unreadable. */
const MOST = 12;
const LONGEST = 40;

/**
 * A Mermaid flowchart of the apps' ways from the source to the streams of their sites; undefined where there is
 * nothing, or too much, to draw. A dotted line means that apps did not, or would not, arrive. Names are escaped, so
 * they can neither break the chart nor run script in it. Pure.
 */
export function diagramOf(outcomes: readonly AppOutcome[], from: Site): string | undefined {
  const apps = outcomes.filter(({ plan }) => plan.verdict === 'promote');
  const going = goingTo(apps);
  if (apps.length > MOST || going.size === 0) return undefined;
  const lines = ['flowchart LR', `  from(["${label(from.name)}"])`];
  for (const [index, [site, { well, missed, streams }]] of [...going].entries()) {
    const node = `s${index}["${label(site.name)}"]`;
    if (well.size > 0) lines.push(`  from -- "${label(whatGoes(well))}" --> ${node}`);
    if (missed.size > 0) lines.push(`  from -. "${label(`not: ${whatGoes(missed)}`)}" .-> ${node}`);
    for (const [number, stream] of [...streams].entries()) {
      lines.push(`  s${index} --> s${index}x${number}(["${label(stream)}"])`);
    }
  }
  return lines.join('\n');
}

interface Going {
  /** Names of the apps that arrive, and of those that do not. An app may have several targets there. */
  well: Set<AppOutcome>;
  missed: Set<AppOutcome>;
  /** The streams of the apps that arrive. */
  streams: Set<string>;
}

function goingTo(outcomes: readonly AppOutcome[]): Map<Site, Going> {
  const going = new Map<Site, Going>();
  for (const outcome of outcomes) {
    for (const target of outcome.targets.filter(isDrawn)) {
      const there = going.get(target.plan.site) ?? { well: new Set(), missed: new Set(), streams: new Set() };
      going.set(target.plan.site, there);
      const { steps } = target.plan;
      const fails = doesNotArrive(target);
      (fails ? there.missed : there.well).add(outcome);
      for (const { stream } of fails ? [] : steps) there.streams.add(stream.name || NO_STREAM);
    }
  }
  return going;
}

function isDrawn(target: TargetOutcome): boolean {
  return targetHasWork(target.plan) || doesNotArrive(target);
}

function doesNotArrive({ plan, failure, skipped }: TargetOutcome): boolean {
  return failure !== undefined || skipped !== undefined || plan.lost !== undefined;
}

function whatGoes(apps: ReadonlySet<AppOutcome>): string {
  const [first] = apps;
  return first && apps.size === 1 ? first.plan.app.name : count(apps.size, 'app');
}

/** Letters, digits and blanks stay; every other character becomes a numeric entity, which Mermaid shows as itself. */
function label(name: string): string {
  const letters = [...name.replace(/\s+/gu, ' ')];
  const cut = letters.length > LONGEST ? [...letters.slice(0, LONGEST), '…'] : letters;
  return cut
    .map(letter => (/[\p{L}\p{N} .,_-]/u.test(letter) ? letter : `#${letter.codePointAt(0)};`))
    .join('');
}
