import { type Book, DECIDED_WITHIN, isIgnored, type Story, wasSeen } from './book.ts';
import type { Call } from './gateway.ts';
import { indexOf, isOwnCopy, isWorkingCopy } from './obligations.ts';

/** A second between two calls of one credential, ms. */
const PACE = 1000;
/** A site's time is known to the second, ms. */
const FRESH = 2000;

/** What must be so at every moment; a sentence for each breach. Pure. */
export function breaches(book: Book, stories: readonly Story[]): string[] {
  return [...pace(book.calls), ...rests(book.calls), ...stories.flatMap(story => ofStory(book, story))];
}

function pace(calls: readonly Call[]): string[] {
  return calls.flatMap((call, index) => {
    const before = calls[index - 1];
    if (!before || call.at - before.at >= PACE) return [];
    return [`PACE: ${call.at - before.at} ms lie between two calls at ${time(call.at)}`];
  });
}

function rests(calls: readonly Call[]): string[] {
  let until = 0;
  let why = '';
  return calls.flatMap(call => {
    const early = call.at < until - PACE;
    const found = early ? [`REST: a call at ${time(call.at)}, ${why}`] : [];
    if (call.answer.rest !== undefined) {
      until = call.at + call.answer.rest * 1000;
      why = `though GitHub asked at ${time(call.at)} for ${call.answer.rest} s of rest`;
    }
    return found;
  });
}

function ofStory(book: Book, story: Story): string[] {
  if (story.calls.length === 0) return [];
  return [...repeats(story), ...order(story), ...ids(book, story)].map(
    sentence => `${sentence}: ${story.id} for ${story.wanted.name}`,
  );
}

/** A repeat is the same, word for word. */
function repeats({ calls }: Story): string[] {
  return [...Map.groupBy(calls, ({ payload }) => payload.delivery)].flatMap(([delivery, same]) => {
    const texts = new Set(same.map(({ text }) => text));
    return texts.size === 1 ? [] : [`REPEAT: delivery ${delivery} came as ${[...texts].join(' and ')}`];
  });
}

function order(story: Story): string[] {
  if (story.wanted.entity !== 'App') return [];
  const shown = story.calls.map(call => placeOf(call, story));
  const wrong = shown.findIndex((place, index) => place < (shown[index - 1] ?? -1));
  const at = story.calls[wrong]?.at;
  return at === undefined ? [] : [`ORDER: an older state came after a newer one at ${time(at)}`];
}

const placeOf = (call: Call, story: Story) =>
  call.payload.change === 'delete' ? story.edits.length : indexOf(call.payload.object, story, call.at);

/** Each id stands for a change that somebody who is not ignored made, and that no other id stands for. */
function ids(book: Book, story: Story): string[] {
  const { wanted, edits, calls } = story;
  const first = [...Map.groupBy(calls, ({ payload }) => payload.delivery)].flatMap(([, [one]]) => one ?? []);
  if (wanted.entity === 'ExecutionResult')
    return first.length > 1 ? [`TWICE: one end under ${first.length} ids`] : [];
  const found: string[] = [];
  let told = -1;
  let unmade = mayTellWhatWas(book, story);
  for (const call of first) {
    const place = placeOf(call, story);
    const where = `at ${time(call.at)} with ${JSON.stringify(call.payload.object.name)}`;
    if (call.payload.change === 'delete') {
      found.push(...deletion(book, story, call, where));
      continue;
    }
    const between = edits.slice(told + 1, place + 1);
    const reason = between.some(edit => {
      if (!wanted.changes.includes(edit.type)) return false;
      return !isIgnored(edit, wanted) || !wasSeen(book, edit, wanted);
    });
    if (place === told && !(place === -1 && unmade))
      found.push(`TWICE: the same state under a new id ${where}`);
    else if (!reason && !unmade) found.push(`IGNORED: a dispatch that nobody's change calls for ${where}`);
    told = Math.max(told, place);
    unmade = false;
  }
  const deletions = first.filter(({ payload }) => payload.change === 'delete');
  if (deletions.length > 1) found.push(`TWICE: one deletion under ${deletions.length} ids`);
  return found;
}

/** Once: what was made in the last moments before a subscription is watched, or what somebody notifies it of. */
function mayTellWhatWas(book: Book, { before, wanted, id }: Story): boolean {
  const fresh = before !== undefined && before.at >= wanted.since - FRESH;
  return fresh || book.forged.some(one => one.id === id);
}

function deletion(book: Book, story: Story, call: Call, where: string): string[] {
  const gone = story.edits.findLast(edit => edit.type === 'Delete' && edit.at <= call.at);
  if (!gone) return [`UNTRUE: a deletion that was none ${where}`];
  const [added] = story.edits;
  if (!isOwnCopy(story) || !isWorkingCopy(gone)) return [];
  // A relay that never saw it cannot know.
  return added && wasSeen(book, added, story.wanted)
    ? [`IGNORED: the deletion of a working copy ${where}`]
    : [];
}

export const time = (at: number) => new Date(at).toISOString().slice(11, 23);

/** From a change until its dispatch when nothing is in its way, with room for others of its pace, ms. */
export const PROMPT = DECIDED_WITHIN + 70_000;
