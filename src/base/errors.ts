/**
 * The kinds of errors. Each carries what a handler needs to decide: show it, try again, or first look what was done.
 */

/** Where in a text a problem lies. */
interface Place {
  /** The path of the file, or the name of the input, that holds the text. */
  from: string;
  /** Whether `from` is the path of a file. */
  isFile: boolean;
  /** Both count from 1. */
  line: number;
  column: number;
  /** The lines around it, with a caret; values that may be secret are left out. */
  frame: string;
}

/** One mistake in what the user gave. */
export interface Problem {
  /** A sentence. */
  text: string;
  place?: Place | undefined;
}

/** `file:line:column: sentence`. */
export function sentenceOf({ text, place }: Problem): string {
  return place ? `${place.from}:${place.line}:${place.column}: ${text}` : text;
}

/** The user asked for something impossible. Holds all problems. */
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

/** The problems of an error, one or several. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof AggregateError) return error.errors.flatMap(problemsOf);
  return error instanceof InputError ? error.problems : [{ text: messageOf(error) }];
}

export interface RemoteAnswer {
  /** The name of the site, or of another server that was called. */
  site: string;
  /** What was attempted, as it reads after "refused to": `publish app "Sales" to stream "Finance"`. */
  attempt: string;
  /** HTTP status; absent when no answer came. */
  status?: number;
  /** The answer's body, or the network's error. At most 500 characters; never a header. */
  answer: string;
  /** The most likely cause, and where to look. */
  hint?: string | undefined;
  /** Milliseconds after which the remote allows another try (Retry-After). */
  retryAfter?: number | undefined;
  /** The remote answered, but the answer cannot be used. */
  unusable?: boolean;
  /** The remote answered, took the work, and failed in it. */
  failed?: boolean;
  /** The answer is larger than the limit. */
  tooLarge?: boolean;
  /** The remote may have done the work although it did not confirm it: look before you repeat it. */
  mayBeDone: boolean;
  /** Another try would end the same way. */
  final: boolean;
  cause?: unknown;
}

/** A remote refused, or did not answer. */
export class RemoteError extends Error {
  override name = 'RemoteError';
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly mayBeDone: boolean;
  readonly final: boolean;
  readonly tooLarge: boolean;
  /** The site that did not answer, and the network's error; undefined where it answered. */
  readonly away: { site: string; answer: string } | undefined;
  readonly #said: RemoteAnswer;

  constructor(said: RemoteAnswer) {
    super(remoteSentence(said), { cause: said.cause });
    this.#said = said;
    this.status = said.status;
    this.retryAfter = said.retryAfter;
    this.mayBeDone = said.mayBeDone;
    this.final = said.final;
    this.tooLarge = said.tooLarge ?? false;
    const answered = said.status !== undefined || said.unusable === true || said.failed === true;
    this.away = answered ? undefined : { site: said.site, answer: said.answer };
  }

  /** The same error with what its handler knows: whether the work may be done, and whether another try is worth it. */
  but(known: Partial<Pick<RemoteAnswer, 'mayBeDone' | 'final'>>): RemoteError {
    return new RemoteError({ ...this.#said, ...known, cause: this });
  }
}

/** The run stopped waiting: somebody cancelled it, or a time limit passed. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

function remoteSentence(said: RemoteAnswer): string {
  const { site, status, answer, hint, unusable } = said;
  const body = answer.trim().slice(0, 500);
  const what = [unusable ? '' : status, body].filter(part => part !== undefined && part !== '').join(' ');
  const end = /[.!?]$/.test(what) ? '' : '.';
  return `Site "${site}" ${resultOf(said)}: ${what}${end}${hint ? ` ${hint}` : ''}`;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function resultOf({ attempt, status, unusable, failed }: RemoteAnswer): string {
  if (failed) return `failed to ${attempt}`;
  if (unusable) return `gave an answer that cannot be used when asked to ${attempt}`;
  return status === undefined ? `gave no answer when asked to ${attempt}` : `refused to ${attempt}`;
}
