import { type Book, DECIDED_WITHIN, type Edit, isIgnored, type Story, wasSeen } from './book.ts';
import type { Call } from './gateway.ts';
import { indexOf, indicesOf, isOwnCopy, isWorkingCopy } from './obligations.ts';

/** A second between two calls of one credential, ms. */
const PACE = 1000;
/** So soon the relay writes down that the machine's clock was set, if it lives so long, ms. */
const NOTICED = 5000;
/** A site's time is known to the second, ms. */
const FRESH = 2000;

/** What must be so at every moment; a sentence for each breach. Pure. */
export function breaches(book: Book, stories: readonly Story[]): string[] {
  return [...pace(book.calls), ...rests(book), ...stories.flatMap(story => ofStory(book, story))];
}

function pace(calls: readonly Call[]): string[] {
  return calls.flatMap((call, index) => {
    const before = calls[index - 1];
    if (!before || call.at - before.at >= PACE) return [];
    return [`PACE: ${call.at - before.at} ms lie between two calls at ${time(call.at)}`];
  });
}

function rests(book: Book): string[] {
  let [from, until] = [0, 0];
  let why = '';
  return book.calls.flatMap(call => {
    const early = call.at < until - unnoticed(book, from, call.at) - PACE;
    const found = early ? [`REST: a call at ${time(call.at)}, ${why}`] : [];
    if (call.answer.rest !== undefined) {
      from = call.at;
      until = call.at + call.answer.rest * 1000;
      why = `though GitHub asked at ${time(call.at)} for ${call.answer.rest} s of rest`;
    }
    return found;
  });
}

/** By how much the relay's clock was set forward without its knowledge: a pause that is kept ends so much earlier. */
function unnoticed({ clocks, ends }: Book, from: number, to: number): number {
  const isLost = ({ at, noticed }: Book['clocks'][number]) =>
    at >= from && at <= to && (!noticed || ends.some(end => end >= at && end - at <= NOTICED));
  return Math.max(
    0,
    clocks.filter(isLost).reduce((sum, { by }) => sum + by, 0),
  );
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
  const { wanted, calls } = story;
  const first = [...Map.groupBy(calls, ({ payload }) => payload.delivery)].flatMap(([, [one]]) => one ?? []);
  if (wanted.entity === 'ExecutionResult')
    return first.length > 1 ? [`TWICE: one end under ${first.length} ids`] : [];
  const found: string[] = [];
  let told = -1;
  let unmade = mayTellWhatWas(book, story);
  for (const call of first) {
    const where = `at ${time(call.at)} with ${JSON.stringify(call.payload.object.name)}`;
    if (call.payload.change === 'delete') {
      found.push(...deletion(book, story, call, where));
      continue;
    }
    const { place, wrong } = judge(book, story, call, told);
    const isExcused = unmade && (place !== undefined || told === -1);
    if (wrong && !isExcused) found.push(`${wrong} ${where}`);
    told = place ?? told;
    unmade = false;
  }
  const deletions = first.filter(({ payload }) => payload.change === 'delete');
  if (deletions.length > 1) found.push(`TWICE: one deletion under ${deletions.length} ids`);
  return found;
}

/** Which edit after the last one that was told a dispatch stands for, if any, and what is wrong with it. */
function judge(book: Book, story: Story, call: Call, told: number): { place?: number; wrong?: string } {
  const { edits, wanted } = story;
  const calls = (edit: Edit) =>
    wanted.changes.includes(edit.type) && (!isIgnored(edit, wanted) || !wasSeen(book, edit, wanted));
  const isCalledFor = (place: number) => edits.slice(told + 1, place + 1).some(calls);
  // A reload changes nothing that a payload shows: several edits in a row may look the same.
  const later = indicesOf(call.payload.object, story, call.at).filter(place => place > told);
  const place = later.find(isCalledFor) ?? later.at(-1);
  if (place === undefined) return { wrong: 'TWICE: the same state under a new id' };
  return isCalledFor(place)
    ? { place }
    : { place, wrong: "IGNORED: a dispatch that nobody's change calls for" };
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
