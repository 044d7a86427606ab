import { messageOf, RemoteError } from '../../base/errors.ts';
import { readAbout } from '../../qrs/about.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { findSite, type Site } from '../../sites/sites.ts';
import type { Spec } from '../spec.ts';

interface Around {
  source: Qrs;
  sites: readonly Site[];
  open: (site: Site) => Qrs;
}

/**
 * What the work on the source site comes to. Where that site cannot be reached, the other sites that the spec needs
 * are asked for a sign of life, so that all dead ones are named at once.
 */
export async function orNameDeadSites<T>(work: Promise<T>, spec: Spec, around: Around): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const others = await Promise.all(needed(spec, around).map(site => trouble(around.open(site))));
    const sentences = [messageOf(error), ...others.filter(sentence => sentence !== undefined)];
    if (sentences.length === 1) throw error;
    throw new AggregateError([error], sentences.join(' '));
  }
}

/** The sites that the spec names; which ones properties would name is not known. */
function needed({ to }: Spec, { source, sites }: Around): Site[] {
  const names = to.by === 'list' ? to.targets.map(({ site }) => site) : [to.defaultSite ?? ''];
  const found = names.flatMap(name => findSite(sites, name) ?? []);
  return [...new Set(found)].filter(site => site !== source.site);
}

async function trouble(qrs: Qrs): Promise<string | undefined> {
  try {
    await readAbout(qrs);
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError) return messageOf(error);
    throw error;
  }
}
