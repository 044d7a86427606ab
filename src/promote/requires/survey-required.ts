import { messageOf, RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { findNeeded, type Needed, type NeededKind, neededNames } from '../../qrs/needed.ts';
import { ifShown } from '../survey/if-shown.ts';
import type { Requires } from './requires-shape.ts';

/** What a site has of one kind, of the wanted names. */
export interface NeededFacts {
  found: readonly Needed[];
  /** All names of the kind, where a wanted one is missing, to suggest the nearest. */
  others: readonly string[];
  /** The site's refusal to show this kind at all. */
  hidden: string | undefined;
}

export type RequiredFacts = Readonly<Record<NeededKind, NeededFacts>>;

const NONE: NeededFacts = { found: [], others: [], hidden: undefined };
export const NO_REQUIRED_FACTS: RequiredFacts = { connections: NONE, extensions: NONE, tasks: NONE };

/** Looks up the wanted names of each kind, in one request a kind. */
export async function surveyRequired(qrs: Qrs, wanted: Requires): Promise<RequiredFacts> {
  return {
    connections: await surveyKind(qrs, 'connections', wanted.connections),
    extensions: await surveyKind(qrs, 'extensions', wanted.extensions),
    tasks: await surveyKind(qrs, 'tasks', wanted.tasks),
  };
}

async function surveyKind(qrs: Qrs, kind: NeededKind, all: readonly string[]): Promise<NeededFacts> {
  const names = [...new Set(all)];
  if (names.length === 0) return NONE;
  try {
    const found = await findNeeded(qrs, kind, names);
    const complete = names.every(name => found.some(one => one.name === name));
    return { found, others: complete ? [] : await ifShown(neededNames(qrs, kind)), hidden: undefined };
  } catch (error) {
    // The site answers, and does not let the user read this kind.
    if (error instanceof RemoteError && (error.status === 403 || error.status === 404))
      return { ...NONE, hidden: messageOf(error) };
    throw error;
  }
}
