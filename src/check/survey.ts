import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, StoppedError } from '../base/errors.ts';
import { readAbout } from '../qrs/about.ts';
import type { Qrs } from '../qrs/connection.ts';
import { equals, equalsId } from '../qrs/filter.ts';
import { type NeededKind, neededNames } from '../qrs/needed.ts';
import { findProperties } from '../qrs/properties.ts';
import { mayCreate, readPrivileges, type Securable } from '../qrs/rights.ts';
import type { Fact, FolderFacts, RightsFacts, WayFacts } from './facts.ts';
import { reach } from './reach.ts';
import type { WantedOnSite } from './wanted.ts';

/** Reaches a site step by step, up to the first answer of its repository service. */
export async function surveyWay(qrs: Qrs): Promise<WayFacts> {
  const way = await reach(qrs.site, qrs.signal);
  if ('failed' in way.name || 'failed' in way.port) {
    return { ...way, version: { unknown: 'a step before it failed' }, ahead: undefined };
  }
  const version = await readFact(async () => (await readAbout(qrs)).buildVersion ?? 'not said');
  return { ...way, version, ahead: qrs.ahead() };
}

/** The custom properties that a spec reads on its source, with the values that they may have. */
export function surveyProperties(
  qrs: Qrs,
  { properties }: WantedOnSite,
): Promise<Fact<ReadonlyMap<string, readonly string[]>>> {
  return readFact(async () => {
    const defined = await findProperties(qrs, properties);
    return new Map(defined.map(({ name, choiceValues }) => [name, choiceValues]));
  });
}

/** Finds out what the user may do on a site that let it in. Changes nothing there. */
export async function surveyRights(qrs: Qrs, wanted: WantedOnSite): Promise<RightsFacts> {
  const creatable = new Map<Securable, Fact<boolean>>();
  for (const type of wanted.creates.keys()) creatable.set(type, await creating(qrs, type));
  const readable = new Map<NeededKind, Fact<number>>();
  for (const kind of wanted.reads)
    readable.set(kind, await readFact(async () => (await neededNames(qrs, kind)).length));
  const streams = [...wanted.streams.keys()].map(name => equals('name', name));
  const apps = wanted.apps.map(one =>
    one.by === 'id' ? equalsId('id', one.value) : equals('name', one.value),
  );
  return {
    creatable,
    readable,
    streams: await readFact(() => readPrivileges(qrs, 'Stream', streams)),
    apps: await readFact(() => readPrivileges(qrs, 'App', apps)),
  };
}

async function creating(qrs: Qrs, type: Securable): Promise<Fact<boolean>> {
  const example = { name: `qrs-action check: may a ${type.toLowerCase()} be created?` };
  const answer = await readFact(() => mayCreate(qrs, type, example));
  if ('is' in answer && answer.is === undefined) return { unknown: 'the site does not say' };
  return 'is' in answer ? { is: answer.is === true } : answer;
}

/** The free space for a run's files: in that folder, or in its nearest existing parent. */
export async function surveyFolder(what: string, path: string): Promise<FolderFacts> {
  let folder = resolve(path);
  for (;;) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return { what, path, free: { is: bavail * bsize } };
    } catch (error) {
      const above = dirname(folder);
      if (above === folder) return { what, path, free: { unknown: messageOf(error) } };
      folder = above;
    }
  }
}

export async function readFact<T>(look: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { is: await look() };
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    return { failed: messageOf(error) };
  }
}
