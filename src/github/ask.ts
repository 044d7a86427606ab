import type { GitHub, Question } from './connect.ts';
import { type Denial, denialOf, misfit, unknownEnd } from './denial.ts';
import type { Followed } from './follow.ts';
import type { Minted } from './tokens.ts';

export type Accepted = Extract<Followed, { kind: 'answer' }>;

/**
 * Pauses after a 401 for an App, ms: a token made a moment ago is not known everywhere at GitHub yet, and
 * @octokit/auth-app waits for it just so (docs/github.md 7).
 */
const PAUSES = [1_000, 2_000, 2_000];

/**
 * Asks GitHub with a token that is narrowed to the repository, and tells the answer of a success, or what kept
 * it away. Nothing is tried again, but what an App's token was too old or too new for.
 */
export async function ask(
  github: GitHub,
  question: Question,
  signal: AbortSignal,
): Promise<Accepted | Denial> {
  const { signIn } = github;
  if ('token' in signIn) return judged(github, question, await github.ask(question, signIn.token, signal));
  const { tokens } = signIn;
  let minted = await tokens.get(question, signal);
  if ('failed' in minted) return noToken(github, minted);
  let reply = await github.ask(question, minted.token, signal);
  if (isUnknown(reply) && !minted.fresh) {
    minted = await tokens.get(question, signal, true);
    if ('failed' in minted) return noToken(github, minted);
    reply = await github.ask(question, minted.token, signal);
  }
  for (const pause of PAUSES) {
    if (!isUnknown(reply)) break;
    await github.clock.sleep(pause, signal);
    reply = await github.ask(question, minted.token, signal);
  }
  return judged(github, question, reply);
}

const isUnknown = (reply: Followed) => reply.kind === 'answer' && reply.status === 401;

/** Without a token nothing else was asked. */
function noToken(github: GitHub, { question, failed }: Extract<Minted, { failed: unknown }>): Denial {
  const judgement = judged(github, question, failed);
  return judgement.kind === 'answer' ? misfit(github, question, judgement.status) : judgement;
}

export function judged(github: GitHub, question: Question, reply: Followed): Accepted | Denial {
  if (reply.kind === 'silence') return unknownEnd(github, question, reply);
  return denialOf(github, question, reply) ?? reply;
}
