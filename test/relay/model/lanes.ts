import { type Book, DECIDED_WITHIN, type Edit, isIgnored, type Story, wasSeen } from './book.ts';
import { indexOf } from './obligations.ts';
import { PROMPT, time } from './properties.ts';

interface Span {
  from: number;
  to: number;
}

/**
 * No lane waits for another one: what is wanted reaches GitHub promptly when nothing has been wrong with its own
 * repository, and nothing that is everybody's business, whatever is wrong with others. Pure.
 */
export function lateInFreeLanes(book: Book, stories: readonly Story[]): string[] {
  const all = [...troubles(book, undefined), ...book.outages];
  const free = new Map(
    [...new Set(book.wanted.map(({ repository }) => repository))].map(repository => {
      const own = [...troubles(book, repository), ...all];
      return [repository, (from: number, to: number) => !own.some(one => one.from <= to && one.to >= from)];
    }),
  );
  return stories.flatMap(story => {
    const { wanted, edits } = story;
    const isFree = free.get(wanted.repository);
    if (!isFree || wanted.approved || wanted.entity !== 'App') return [];
    return edits.flatMap(edit => {
      const until = edit.at + PROMPT;
      if (until > book.now || !isDue(book, edit, story) || !isFree(edit.at, until)) return [];
      if (isToldBy(edit, story, until)) return [];
      return [
        `LANE: ${edit.state} (${story.id}) for ${wanted.name}, made at ${time(edit.at)}, was not told in ${PROMPT / 1000} s`,
      ];
    });
  });
}

/** The last edit of its entity in this time, by somebody who counts, and heard of. */
function isDue(book: Book, edit: Edit, { edits, wanted }: Story): boolean {
  if (edit.type === 'Delete' || !wanted.changes.includes(edit.type) || isIgnored(edit, wanted)) return false;
  // A deletion that is none takes the changes before it along; asking the site finds them again.
  const forged = ({ id, at }: { id: string; at: number }) =>
    id === edit.id && at >= edit.at - DECIDED_WITHIN && at <= edit.at + PROMPT;
  if (book.forged.some(forged)) return false;
  const next = edits[edits.indexOf(edit) + 1];
  return (next === undefined || next.at > edit.at + PROMPT) && wasSeen(book, edit, wanted);
}

function isToldBy(edit: Edit, story: Story, until: number): boolean {
  const due = story.edits.indexOf(edit);
  return story.calls.some(
    call => call.taken && call.at <= until && indexOf(call.payload.object, story, call.at) >= due,
  );
}

/** From an answer that stops a repository, or everybody, until the next one that GitHub took. */
function troubles({ calls, now }: Book, repository: string | undefined): Span[] {
  const found: Span[] = [];
  let open: Span | undefined;
  for (const call of calls) {
    const { meaning, rest = 0 } = call.answer;
    const everybody = meaning === 'everybody' || meaning === 'bare';
    const mine = repository === undefined ? everybody : call.repository === repository && meaning !== 'taken';
    if (mine) {
      open ??= { from: call.at, to: now };
      found.push({ from: call.at, to: call.at + rest * 1000 });
    } else if (open && call.taken && (repository === undefined || call.repository === repository)) {
      found.push({ ...open, to: call.at });
      open = undefined;
    }
  }
  return open ? [...found, open] : found;
}
