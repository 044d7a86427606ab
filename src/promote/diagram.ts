import type { Site } from '../sites/sites.ts';
import type { AppOutcome } from './outcome.ts';

/** More apps go too many ways for one picture. */
const MOST = 12;
const LONGEST = 40;

/**
 * From where to which streams of which sites apps go, as a Mermaid flowchart; undefined where there is too much for a
 * picture, or nothing. Names are data: they can neither break nor script it. Pure.
 */
export function diagramOf(outcomes: readonly AppOutcome[], from: Site): string | undefined {
  const apps = outcomes.filter(({ plan }) => plan.verdict === 'promote');
  const going = goingTo(apps);
  if (apps.length > MOST || going.size === 0) return undefined;
  const [first] = apps;
  const lines = ['flowchart LR', `  from(["${label(from.name)}"])`];
  for (const [index, [site, there]] of [...going].entries()) {
    const what = apps.length === 1 && first ? first.plan.app.name : count(there.apps.size);
    lines.push(`  from -- "${label(what)}" --> s${index}["${label(site.name)}"]`);
    for (const [number, stream] of [...there.streams].entries()) {
      lines.push(`  s${index} --> s${index}x${number}(["${label(stream)}"])`);
    }
  }
  return lines.join('\n');
}

interface Going {
  apps: Set<string>;
  streams: Set<string>;
}

function goingTo(outcomes: readonly AppOutcome[]): Map<Site, Going> {
  const going = new Map<Site, Going>();
  const steps = outcomes.flatMap(({ plan: { app, targets } }) =>
    targets.flatMap(target => target.steps.map(({ stream }) => ({ app, site: target.site, stream }))),
  );
  for (const { app, site, stream } of steps) {
    const there = going.get(site) ?? { apps: new Set(), streams: new Set() };
    there.apps.add(app.id);
    there.streams.add(stream.name);
    going.set(site, there);
  }
  return going;
}

function count(apps: number): string {
  return apps === 1 ? '1 app' : `${apps} apps`;
}

/** Letters, digits and blanks stay; everything else becomes a number that Mermaid shows as the sign it is. */
function label(name: string): string {
  const letters = [...name.replace(/\s+/gu, ' ')];
  const cut = letters.length > LONGEST ? [...letters.slice(0, LONGEST), '…'] : letters;
  return cut
    .map(letter => (/[\p{L}\p{N} .,_-]/u.test(letter) ? letter : `#${letter.codePointAt(0)};`))
    .join('');
}
