import { No } from './answers.ts';
import type { Caller } from './callers.ts';
import type { Description, Operation } from './description.ts';
import type { Dispatches } from './dispatches.ts';
import type { Hub } from './hub.ts';
import type { Limits } from './limits.ts';

/** One accepted request, as its handler sees it. */
export interface Call {
  readonly hub: Hub;
  readonly dispatches: Dispatches;
  readonly limits: Limits;
  readonly description: Description;
  readonly operation: Operation;
  readonly caller: Caller;
  /** As the client reached it, with `/api/v3` if it said so. */
  readonly base: string;
  /** Without that. */
  readonly path: string;
  /** The variable segments of the path, decoded. */
  readonly segments: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly body: Body;
}

/** Like GitHub, handlers read the body only after they checked the caller's rights. */
export interface Body {
  /** What is wrong with it. */
  readonly problems: readonly string[];
  /** Throws GitHub's error for a body that is too large, is not JSON, or does not fit. */
  readonly value: () => unknown;
}

const tooLarge = 65_536;

export function bodyOf(text: string, problemsOf: (value: unknown) => string[]): Body {
  if (Buffer.byteLength(text) >= tooLarge) return badBody(new No(422, 'client_payload is too large.'));
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    return badBody(new No(400, 'Problems parsing JSON'));
  }
  const problems = problemsOf(value);
  if (problems.length > 0)
    return badBody(new No(422, `Invalid request.\n\n${problems.join('\n')}`), problems);
  return { problems, value: () => value };
}

const badBody = (no: No, problems = [no.message]): Body => ({
  problems,
  value() {
    throw no;
  },
});
