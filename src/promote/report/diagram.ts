import type { Site } from '../../sites/sites.ts';
import type { AppOutcome } from '../outcome.ts';
import { count } from './words.ts';

/** More apps go too many ways for one picture. */
const MOST = 12;
const LONGEST = 40;

/**
 * From where to which streams of which sites apps go, as a Mermaid flowchart; undefined where there is too much for a
 * picture, or nothing. A dotted line is for apps that did not, or would not, get there. Names are data: they can neither
 * break nor script it. Pure.
 */
export function diagramOf(outcomes: readonly AppOutcome[], from: Site): string | undefined {
  const apps = outcomes.filter(({ plan }) => plan.verdict === 'promote');
  const going = goingTo(apps);
  if (apps.length > MOST || going.size === 0) return undefined;
  const lines = ['flowchart LR', `  from(["${label(from.name)}"])`];
  for (const [index, [site, { well, missed, streams }]] of [...going].entries()) {
    const node = `s${index}["${label(site.name)}"]`;
    if (well.length > 0) lines.push(`  from -- "${label(whatGoes(well))}" --> ${node}`);
    if (missed.length > 0) lines.push(`  from -. "${label(`not: ${whatGoes(missed)}`)}" .-> ${node}`);
    for (const [number, stream] of [...streams].entries()) {
      lines.push(`  s${index} --> s${index}x${number}(["${label(stream)}"])`);
    }
  }
  return lines.join('\n');
}

interface Going {
  /** Names of the apps that go there, and of those that do not get there. */
  well: string[];
  missed: string[];
  /** The streams of those that do. */
  streams: Set<string>;
}

function goingTo(outcomes: readonly AppOutcome[]): Map<Site, Going> {
  const going = new Map<Site, Going>();
  for (const { plan, targets } of outcomes) {
    for (const target of targets) {
      const there = going.get(target.plan.site) ?? { well: [], missed: [], streams: new Set() };
      going.set(target.plan.site, there);
      const { steps, lost } = target.plan;
      const fails = target.failure !== undefined || target.skipped !== undefined || lost !== undefined;
      (fails ? there.missed : there.well).push(plan.app.name);
      for (const { stream } of fails ? [] : steps) there.streams.add(stream.name);
    }
  }
  return going;
}

function whatGoes(apps: readonly string[]): string {
  return apps.length === 1 ? `${apps[0]}` : count(apps.length, 'app');
}

/** Letters, digits and blanks stay; everything else becomes a number that Mermaid shows as the sign it is. */
function label(name: string): string {
  const letters = [...name.replace(/\s+/gu, ' ')];
  const cut = letters.length > LONGEST ? [...letters.slice(0, LONGEST), '…'] : letters;
  return cut
    .map(letter => (/[\p{L}\p{N} .,_-]/u.test(letter) ? letter : `#${letter.codePointAt(0)};`))
    .join('');
}
