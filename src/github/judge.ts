import { brief } from '../base/redact.ts';
import type { GitHub, Question } from './connect.ts';
import { budgetOf, limitOf } from './limits.ts';
import { meaningOfNoToken } from './minting.ts';
import { type Fault, meaningOf } from './refusal.ts';
import { isForeign, messageIn } from './said.ts';
import type { Answer, Reply } from './send.ts';
import { explain, neverPassed } from './silence.ts';

/** Every way of not succeeding, as the relay tells them apart (docs/github.md 6). */
export type Trouble =
  | { kind: 'limited'; until: number; words: string; budget?: number }
  | { kind: 'refused'; fault: Fault; status: number; words: string }
  | { kind: 'unclear'; words: string }
  | { kind: 'unreachable'; words: string };

/** What came of a call, unless it succeeded. */
export function judge(github: GitHub, asked: Question, reply: Reply): Trouble | undefined {
  if (reply.kind === 'silence') return silent(github, asked, reply);
  const { status } = reply;
  if (status >= 500 || status === 408) return troubled(github, asked, reply);
  if (isForeign(reply)) return foreign(github, asked, reply);
  if (status >= 200 && status < 300) return undefined;
  if (status < 400) return astray(github, asked, reply);
  return limited(github, asked, reply) ?? refused(github, asked, reply);
}

/** A call that may have changed something has an unclear end; any other has simply failed. */
function lost(asked: Question, words: string): Trouble {
  if (asked.purpose !== 'dispatch') return { kind: 'unreachable', words };
  return { kind: 'unclear', words: `${words} GitHub may have accepted it all the same.` };
}

function silent(github: GitHub, asked: Question, reply: Extract<Reply, { kind: 'silence' }>): Trouble {
  const { says, hint } = explain(reply, github.place);
  const unsent = neverPassed(reply);
  const start = unsent
    ? `${github.name} could not be reached to ${asked.attempt}`
    : `${github.name} gave no answer when asked to ${asked.attempt}`;
  const words = tidy(github, start, says, hint);
  return unsent ? { kind: 'unreachable', words } : lost(asked, words);
}

function troubled(github: GitHub, asked: Question, answer: Answer): Trouble {
  const start = `${github.name} failed when asked to ${asked.attempt}`;
  return lost(asked, tidy(github, start, spoken(answer), ''));
}

/** GitHub's API speaks JSON: who answers otherwise is somebody on the way, or GitHub's web pages. */
function foreign(github: GitHub, asked: Question, answer: Answer): Trouble {
  const start = `${github.name} could not be asked to ${asked.attempt}; the answer is not one of its API`;
  const hint = `Most likely a proxy or a sign-in page on the way answered in its stead, or the URL is wrong: ${addressHint(github)}`;
  return { kind: 'unreachable', words: tidy(github, start, spoken(answer), hint) };
}

/** Where the API is, for an address that does not look like one. */
function addressHint({ url }: GitHub): string {
  return `it is https://api.github.com, or https://HOST/api/v3 for GitHub Enterprise Server; here it is ${url}.`;
}

/** Redirects that were not followed: to another host, or one after the other (docs/github.md 5). */
function astray(github: GitHub, asked: Question, answer: Answer): Trouble {
  const to = URL.parse(answer.headers.location ?? '', github.url);
  const [where, hint] =
    to && to.origin !== new URL(github.url).origin
      ? [`a redirect to ${to.origin}`, 'The token goes to no other host. Is the URL for GitHub right?']
      : ['one redirect after the other', `Is ${asked.repository} written as GitHub has it now?`];
  const start = `${github.name} was asked to ${asked.attempt} and answered with ${where}`;
  return {
    kind: 'refused',
    fault: 'repository',
    status: answer.status,
    words: tidy(github, start, String(answer.status), hint),
  };
}

function limited(github: GitHub, asked: Question, answer: Answer): Trouble | undefined {
  const until = limitOf(answer, messageIn(answer), github.clock);
  if (until === undefined) return undefined;
  const start = `${github.name} takes no more calls for now and did not ${asked.attempt}`;
  const budget = budgetOf(answer);
  const hint = `It may be asked again from ${new Date(until).toISOString()}.`;
  return {
    kind: 'limited',
    until,
    words: tidy(github, start, spoken(answer), hint),
    ...(budget === undefined ? {} : { budget }),
  };
}

function refused(github: GitHub, asked: Question, answer: Answer): Trouble {
  const { credential } = github;
  const { repository } = asked;
  const { status } = answer;
  const message = messageIn(answer);
  const { fault, hint } =
    asked.purpose === 'token'
      ? meaningOfNoToken(credential, repository, status, message)
      : meaningOf({ credential, repository, answer, message });
  const words = tidy(github, `${github.name} refused to ${asked.attempt}`, spoken(answer), hint);
  return { kind: 'refused', fault, status, words };
}

function spoken(answer: Answer): string {
  return `${answer.status} ${messageIn(answer)}`;
}

/** `start: what. hint`, with nothing secret in it. */
function tidy(github: GitHub, start: string, what: string, hint: string): string {
  const said = brief(github.redact(what));
  const end = /[.!?…]$/.test(said) ? '' : '.';
  return `${start}: ${said}${end}${hint === '' ? '' : ` ${hint}`}`;
}
