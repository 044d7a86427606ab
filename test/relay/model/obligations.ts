import { type Book, type Edit, isIgnored, type Story, wasHeard, wasWitnessed } from './book.ts';

/** A change that must reach GitHub. */
export interface Obligation {
  story: Story;
  edit: Edit;
  /** Somebody else's change that an ignored user's hides may be missed; this one may not. */
  what: string;
}

/** What must have been dispatched when everything has been well for long enough. Pure. */
export function obligations(book: Book, stories: readonly Story[]): Obligation[] {
  return stories.flatMap(story => {
    const edit = story.wanted.entity === 'App' ? ofApp(book, story) : ofResult(story);
    if (!edit || isTold(edit, story) || isFinal(story)) return [];
    const { name } = story.wanted;
    return [{ story, edit, what: `${edit.type} of ${edit.state} (${story.id}) for ${name}` }];
  });
}

function ofApp(book: Book, story: Story): Edit | undefined {
  const { edits, wanted } = story;
  const last = edits.at(-1);
  if (!last) return undefined;
  if (last.type === 'Delete')
    return wanted.changes.includes('Delete') && !isOwnCopy(story) && !isWorkingCopy(last) ? last : undefined;
  if (wanted.approved && !last.approved) return undefined;
  const counts = (edit: Edit) =>
    wanted.changes.includes(edit.type) &&
    !isIgnored(edit, wanted) &&
    (!edit.secret || wasHeard(book, edit, wanted));
  const due = edits.findLast(counts);
  if (!due) return undefined;
  const hidden = edits.slice(edits.indexOf(due) + 1).some(edit => isIgnored(edit, wanted) || edit.secret);
  return hidden && !wasWitnessed(book, due, story) ? undefined : due;
}

function ofResult({ edits, wanted }: Story): Edit | undefined {
  const last = edits.at(-1);
  return last && wanted.statuses.includes(last.status) ? last : undefined;
}

/** How the action names the copies that it uploads and removes again. */
export const WORKING_COPY = 'qrs-action working copy of ';

export const isWorkingCopy = ({ state }: Edit) => state.startsWith(WORKING_COPY);

/** Made and changed by ignored users alone: nobody must be told of its end, and of a working copy's nobody may. */
export function isOwnCopy({ edits, wanted, before }: Story): boolean {
  return before === undefined && edits.every(edit => edit.type === 'Delete' || isIgnored(edit, wanted));
}

/** Whether GitHub took a dispatch with this state or a later one. */
function isTold(edit: Edit, story: Story): boolean {
  const due = story.edits.indexOf(edit);
  return story.calls.some(call => {
    if (!call.taken) return false;
    if (edit.type === 'Delete') return call.payload.change === 'delete';
    return call.payload.change !== 'delete' && indexOf(call.payload.object, story, call.at) >= due;
  });
}

/** Which edit made the state that a dispatch shows, the last one that may have; -1: it is older than all of them. */
export function indexOf(object: Record<string, unknown>, story: Story, at: number): number {
  return indicesOf(object, story, at).at(-1) ?? -1;
}

/** Which edits may have made the state that a dispatch shows. */
export function indicesOf(
  object: Record<string, unknown>,
  { edits, wanted }: Story,
  at: number,
): readonly number[] {
  const shown = wanted.entity === 'App' ? stateOf(object) : undefined;
  const may = (edit: Edit) => edit.at <= at && (shown === undefined || edit.state === shown);
  return edits.flatMap((edit, index) => (may(edit) ? [index] : []));
}

/** An app's name and its first tag tell its states apart. */
function stateOf({ name, tags }: Record<string, unknown>): string {
  const tag: unknown = Array.isArray(tags) ? tags[0] : undefined;
  return `${String(name)} ${typeof tag === 'string' ? tag : 't0'}`;
}

/** Whether GitHub itself refused this event for good: 413, or three times 422. */
function isFinal({ calls }: Story): boolean {
  const refused = calls.filter(({ answer }) => answer.meaning === 'event');
  const tooLong = refused.some(({ answer }) => typeof answer.wire === 'object' && answer.wire.status === 413);
  return tooLong || refused.length >= 3;
}

/** Whether it waits for the hour between two tries of an event that GitHub refuses. */
export const waitsForEvent = ({ story }: Obligation) =>
  story.calls.some(({ answer }) => answer.meaning === 'event');
