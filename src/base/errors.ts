/**
 * The kinds of not succeeding. Each carries what a handler needs to choose: show it, try again, or look first.
 */

/** Where in a text a problem lies. */
interface Place {
  /** The file, or the name of the input that the text was given by. */
  from: string;
  /** Whether `from` is the path of a file. */
  isFile: boolean;
  /** Both count from 1. */
  line: number;
  column: number;
  /** The lines around, with a caret; without values that may be secret. */
  frame: string;
}

/** One thing that is wrong with what was given. */
export interface Problem {
  /** A sentence. */
  text: string;
  place?: Place | undefined;
}

/** `file:line:column: sentence`. */
export function sentenceOf({ text, place }: Problem): string {
  return place ? `${place.from}:${place.line}:${place.column}: ${text}` : text;
}

/** The user asked for something impossible. Holds all problems at once. */
export class InputError extends Error {
  override name = 'InputError';
  readonly problems: readonly Problem[];

  constructor(problems: string | readonly (string | Problem)[]) {
    const list = (typeof problems === 'string' ? [problems] : problems).map(one =>
      typeof one === 'string' ? { text: one } : one,
    );
    super(list.map(sentenceOf).join('\n'));
    this.problems = list;
  }

  /** A sentence for each problem. */
  get sentences(): string[] {
    return this.problems.map(sentenceOf);
  }
}

/** What an error says, one problem or several. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof AggregateError) return error.errors.flatMap(problemsOf);
  return error instanceof InputError ? error.problems : [{ text: messageOf(error) }];
}

export interface RemoteAnswer {
  /** Name of the site, or of whatever else was asked. */
  site: string;
  /** What was attempted, as it goes on after "refused to": `publish app "Sales" to stream "Finance"`. */
  attempt: string;
  /** HTTP status; absent when no answer came. */
  status?: number;
  /** What came back: the body, or what the network said. Cut at 500 characters; never a header. */
  answer: string;
  /** What it most likely means and where to look. */
  hint?: string | undefined;
  /** Milliseconds after which the remote allows another try (Retry-After). */
  retryAfter?: number | undefined;
  /** It answered, and what came cannot be used. */
  unusable?: boolean;
  /** More came than is read. */
  tooLarge?: boolean;
  /** The work may have been done although nobody said so: look before doing it again. */
  mayBeDone: boolean;
  /** Nothing that trying again would change. */
  final: boolean;
  cause?: unknown;
}

/** A remote said no, or did not answer. */
export class RemoteError extends Error {
  override name = 'RemoteError';
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly mayBeDone: boolean;
  readonly final: boolean;
  readonly tooLarge: boolean;
  /** The site that gave no answer, and what the network said; undefined where it gave one. */
  readonly away: { site: string; answer: string } | undefined;
  readonly #said: RemoteAnswer;

  constructor(said: RemoteAnswer) {
    super(sentence(said), { cause: said.cause });
    this.#said = said;
    this.status = said.status;
    this.retryAfter = said.retryAfter;
    this.mayBeDone = said.mayBeDone;
    this.final = said.final;
    this.tooLarge = said.tooLarge ?? false;
    const answered = said.status !== undefined || said.unusable === true;
    this.away = answered ? undefined : { site: said.site, answer: said.answer };
  }

  /** The same error for a handler that knows more: whether the work may be done, or is worth another try. */
  but(known: Partial<Pick<RemoteAnswer, 'mayBeDone' | 'final'>>): RemoteError {
    return new RemoteError({ ...this.#said, ...known, cause: this });
  }
}

/** We stopped waiting: the run was cancelled, or a limit was reached. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

function sentence({ site, attempt, status, answer, hint, unusable = false }: RemoteAnswer): string {
  const body = answer.trim().slice(0, 500);
  const said = unusable
    ? `gave an answer that cannot be used when asked to ${attempt}`
    : status === undefined
      ? `gave no answer when asked to ${attempt}`
      : `refused to ${attempt}`;
  const what = [unusable ? '' : status, body].filter(part => part !== undefined && part !== '').join(' ');
  const end = /[.!?]$/.test(what) ? '' : '.';
  return `Site "${site}" ${said}: ${what}${end}${hint ? ` ${hint}` : ''}`;
}

/** The sentence of an error of any kind. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
