import type { Call } from './gateway.ts';

/** A change of an entity on a site, as the site itself knows it. */
export interface Edit {
  at: number;
  site: string;
  entity: 'App' | 'ExecutionResult';
  id: string;
  type: 'Add' | 'Update' | 'Delete';
  by: string;
  /** Tells this state of the entity from all others. */
  state: string;
  /** Conditions that this state meets. */
  approved: boolean;
  status: string;
  /** The site tells nobody and does not list it; somebody else notifies the relay. */
  secret: boolean;
}

/** A notification that was posted to the relay. */
interface Notified {
  at: number;
  subscription: string;
  accepted: boolean;
  /** What it says, where somebody else than the site posted it. */
  text?: string;
}

/** A notification that nobody's change caused. */
interface Forged {
  at: number;
  id: string;
}

/** What a subscription asks for, as the model sees it. */
export interface Wanted {
  name: string;
  site: string;
  entity: 'App' | 'ExecutionResult';
  changes: readonly Edit['type'][];
  ignored: readonly string[];
  approved: boolean;
  statuses: readonly string[];
  repository: string;
  /** Since when it is watched under this name. */
  since: number;
}

/** A time in which the relay could not hear of a site's changes, or not read them at once. */
interface Disturbance {
  site: string;
  from: number;
  to: number;
}

/** Somebody set the clock that the relay goes by. */
interface ClockStep {
  at: number;
  by: number;
  /** Of the machine, where the relay compares it with its own steady time; a database has none to compare with. */
  noticed: boolean;
}

/** All that happened. */
export interface Book {
  edits: Edit[];
  notified: Notified[];
  forged: Forged[];
  calls: Call[];
  disturbances: Disturbance[];
  /** Times in which GitHub's port was closed. */
  outages: { from: number; to: number }[];
  /** When a relay ended. */
  ends: number[];
  clocks: ClockStep[];
  wanted: Wanted[];
  now: number;
}

/** Quiet, max-wait and the looks that follow a notification with a later date, ms. */
export const DECIDED_WITHIN = 80_000;

/** A relay has subscribed again, and asked what it missed, so soon after its site is back, ms. */
const ASKED_WITHIN = 10_000;

/** All that was done to one entity since a subscription watches, and all that GitHub was told of it. */
export interface Story {
  wanted: Wanted;
  id: string;
  edits: readonly Edit[];
  /** What was done last before a subscription of this name was watched. */
  before: Edit | undefined;
  calls: readonly Call[];
}

export function storiesOf(book: Book): Story[] {
  return book.wanted.flatMap(wanted => {
    const { name, site, entity, since } = wanted;
    const own = book.edits.filter(one => one.site === site && one.entity === entity);
    const calls = book.calls.filter(({ at, payload }) => payload.subscription === name && at >= since);
    const told = Map.groupBy(calls, ({ payload }) => payload.object.id);
    return [...Map.groupBy(own, ({ id }) => id)].map(([id, all]) => ({
      wanted,
      id,
      edits: all.filter(({ at }) => at >= since),
      before: all.findLast(({ at }) => at < since),
      calls: told.get(id) ?? [],
    }));
  });
}

export const isIgnored = (edit: Edit, { ignored, entity }: Wanted) =>
  entity === 'App' && ignored.includes(edit.by);

const disturbed = (book: Book, site: string, from: number, to: number) =>
  book.disturbances.some(one => one.site === site && one.from <= to && one.to >= from);

/** Whether the relay got a notification of it at once: from the site, or of a secret edit from somebody else. */
export function wasHeard(book: Book, edit: Edit, { name }: Wanted): boolean {
  const isOfIt = ({ text }: Notified) => (edit.secret ? text?.includes(edit.id) : text === undefined);
  const posts = book.notified.filter(
    one => one.at === edit.at && one.subscription === name && isOfIt(one) === true,
  );
  return posts.length > 0 && posts.every(({ accepted }) => accepted);
}

/**
 * Whether the relay heard of it at once, could read it at once, and could decide undisturbed: also what it joined, and
 * with the gap before asked for.
 */
export function wasSeen(book: Book, edit: Edit, wanted: Wanted): boolean {
  const { at, site, id } = edit;
  const joined = [...book.edits, ...book.forged]
    .filter(one => one.id === id && one.at <= at && one.at >= at - DECIDED_WITHIN)
    .map(one => one.at);
  const undisturbed = !disturbed(book, site, Math.min(...joined) - ASKED_WITHIN, at + DECIDED_WITHIN);
  return wasHeard(book, edit, wanted) && undisturbed;
}

/** Whether the relay surely read this very state when it first heard of the entity, before the next edit. */
export function wasWitnessed(book: Book, edit: Edit, { wanted, edits }: Story): boolean {
  const { at, site, id } = edit;
  const near = (time: number) => time >= at - DECIDED_WITHIN && time <= at;
  return (
    wasHeard(book, edit, wanted) &&
    !disturbed(book, site, at - DECIDED_WITHIN, at + 1) &&
    !edits.some(one => one !== edit && near(one.at)) &&
    !book.forged.some(one => one.id === id && near(one.at))
  );
}
