import { didYouMean } from '../../base/nearest.ts';
import type { Names } from '../survey/facts.ts';
import type { Wish } from '../survey/wish.ts';
import type { PlannedStream } from './planned.ts';

/** Finds the wanted streams on the site, the missing ones, and the refusals for these. Pure. */
export function pickStreams({ site, streams: wanted, options }: Wish, { streams: known, others }: Names) {
  const streams: PlannedStream[] = [];
  const missing: string[] = [];
  const refusals: string[] = [];
  const where = `site "${site.name}"`;
  for (const name of wanted) {
    const found = known.get(name) ?? [];
    const [only] = found;
    if (found.length > 1) {
      const ids = found.map(stream => stream.id).join(', ');
      refusals.push(`${where} has ${found.length} streams called "${name}" (${ids}); rename all but one.`);
    } else if (only) streams.push({ id: only.id, name });
    else if (options.missingStream === 'create') streams.push({ id: undefined, name });
    else missing.push(name);
  }
  const names = missing.map(name => `"${name}"`).join(', ');
  const near = missing.map(name => didYouMean(name, others.streams)).join('');
  if (missing.length > 0 && options.missingStream === 'fail')
    refusals.push(`${where} has no stream ${names}.${near}`);
  else if (missing.length > 0 && missing.length === wanted.length) {
    refusals.push(
      `${where} has none of the wanted streams: ${names}.${near || ` Has ${site.user} the right to see them?`}`,
    );
  }
  return { streams, missing, refusals };
}
