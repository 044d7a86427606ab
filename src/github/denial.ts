import { brief } from '../base/visible.ts';
import { whyNoAnswer } from '../net/no-answer.ts';
import { retryAfter } from '../net/times.ts';
import { hintFor } from './hints.ts';
import { budgetOf, limitOf } from './limits.ts';
import { complaintIn, isForeign, spoken } from './message.ts';
import type { Caller, GitHubRequest } from './request.ts';
import type { Answer, Silence } from './transport.ts';

/** What GitHub refuses: this event, every call for the repository, or every call with this credential. */
type Fault = 'event' | 'repository' | 'credential';

/**
 * Why a call did not succeed. Status and structure of the answer decide; its wording only chooses the hint. A
 * `refused` or `limited` dispatch has surely not happened; one that met `trouble`, or whose end is `unknown`, may
 * have. Times in ms, from now.
 */
export type Denial = {
  /** The whole sentence: what was attempted, what came back, what it most likely means. Without secrets. */
  words: string;
} & (
  | { kind: 'refused'; fault: Fault; status: number }
  /** `wait`: undefined when GitHub does not say how long; then wait at least a minute, and longer each time. */
  | { kind: 'limited'; status: number; wait: number | undefined; budget: number | undefined }
  /** GitHub, or a proxy before it, failed. `wait`: the pause that the answer asks for. */
  | { kind: 'trouble'; status: number; wait: number | undefined }
  /** No answer came. */
  | { kind: 'unknown' }
);

/** What GitHub refuses with each status (docs/github.md 3). Every other status is a temporary failure. */
const FAULTS: Readonly<Record<number, Fault>> = {
  401: 'credential',
  403: 'repository',
  404: 'repository',
  410: 'repository',
  413: 'event',
  422: 'event',
  451: 'repository',
};
/** The same where an App asks for a token: it asks for its installation (docs/github.md 7). */
const FAULTS_OF_TOKEN: Readonly<Record<number, Fault>> = {
  401: 'credential',
  403: 'credential',
  404: 'credential',
  422: 'repository',
};

/** Why an answer is a failure; undefined for a success. */
export function denialOf(github: Caller, asked: GitHubRequest, answer: Answer): Denial | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300 && !isForeign(answer)) return undefined;
  if ([301, 302, 303, 307, 308].includes(status)) return astray(github, asked, answer);
  const limit = limitOf(answer, github.clock);
  if (limit) {
    const when =
      limit.wait === undefined ? '' : ` until ${new Date(github.clock.now() + limit.wait).toISOString()}`;
    const start = `${github.name} takes no more calls${when} and did not ${asked.attempt}`;
    return {
      kind: 'limited',
      status,
      ...limit,
      budget: budgetOf(answer),
      words: wordsOf(github, start, answer),
    };
  }
  const fault = complaintIn(answer) && (asked.asApp ? FAULTS_OF_TOKEN : FAULTS)[status];
  if (fault === undefined) return troubled(github, asked, answer);
  const hint = hintFor(github, asked, answer);
  const start = `${github.name} refused to ${asked.attempt}`;
  return { kind: 'refused', fault, status, words: wordsOf(github, start, answer, hint) };
}

/** A redirect that was not followed: to another host, without an address, or one too many (docs/github.md 5). */
function astray(github: Caller, asked: GitHubRequest, answer: Answer): Denial {
  const to = URL.parse(answer.headers.location ?? '', github.url);
  const isElsewhere = to !== null && to.origin !== new URL(github.url).origin;
  const endless =
    to === null || !answer.headers.location ? 'a redirect to nowhere' : 'it redirects again and again';
  const where = isElsewhere ? `a redirect to ${to.origin}` : endless;
  const hint = isElsewhere
    ? 'The token goes to no other host. Is the URL for GitHub right?'
    : `Is ${asked.repository} written as GitHub has it now?`;
  const start = `${github.name} was asked to ${asked.attempt} and answered with ${where}`;
  const { status } = answer;
  return { kind: 'refused', fault: 'repository', status, words: wordsOf(github, start, answer, hint) };
}

function troubled(github: Caller, asked: GitHubRequest, answer: Answer): Denial {
  const { status } = answer;
  const wait = retryAfter(answer.headers, github.clock.now());
  // GitHub's own error pages are HTML, too.
  const elsewhere = status < 500 && !complaintIn(answer);
  const start = elsewhere
    ? `${github.name} was asked to ${asked.attempt}, and the answer is not one of its API`
    : `${github.name} failed when asked to ${asked.attempt}`;
  const hint = elsewhere
    ? 'Most likely a proxy or a sign-in page on the way answered instead, or the URL is wrong: it is ' +
      `https://api.github.com, or https://HOST/api/v3 for GitHub Enterprise Server; here it is ${github.url}.`
    : '';
  return { kind: 'trouble', status, wait, words: wordsOf(github, start, answer, hint) };
}

/** No answer came. */
export function unknownEnd(github: Caller, asked: GitHubRequest, silence: Silence): Denial {
  const { says, hint = '' } = whyNoAnswer(silence.cause, peerOf(github));
  const said = brief(github.redact(says));
  const words = sentence(`${github.name} gave no answer when asked to ${asked.attempt}`, said, hint);
  return { kind: 'unknown', words };
}

/** Where to look when GitHub does not answer. */
function peerOf({ host, proxy }: Caller) {
  const way =
    proxy === undefined
      ? 'Is the URL right, and does the firewall let this machine through, or does it need a proxy (HTTPS_PROXY)?'
      : 'Is HTTPS_PROXY right, or does NO_PROXY need this host?';
  return {
    host,
    proxy,
    ca: false,
    hints: {
      'closed port': way,
      'unknown name': `Can this machine resolve it? ${way}`,
      'no route': way,
      'no connection': way,
      untrusted:
        `If ${host} has a certificate of your own authority, or a proxy opens the connections, ` +
        "give that authority's certificate as ca.",
      'other name': 'Is the URL for GitHub written with a name that the certificate has?',
      'proxy credentials': 'It wants a name and a password: HTTPS_PROXY=http://name:password@host:port.',
    },
  };
}

/** A success whose body lacks what the call needs. */
export function misfit(github: Caller, { attempt }: GitHubRequest, status: number): Denial {
  const said = 'the answer does not have it';
  const hint = `Is the URL ${github.url} that of its API?`;
  const words = sentence(`${github.name} was asked to ${attempt}`, said, hint);
  return { kind: 'trouble', status, wait: undefined, words };
}

/** GitHub's own sentence, the headers that explain it, and the hint. */
function wordsOf({ redact }: Caller, start: string, answer: Answer, hint = ''): string {
  const headers = ['x-accepted-github-permissions', 'x-github-sso'].flatMap(name => {
    // The query of a single sign-on address is a credential itself.
    const value = answer.headers[name]?.replace(/\?\S*/g, '');
    return value === undefined ? [] : [`${name}: ${brief(redact(value))}`];
  });
  const said = brief(redact(spoken(answer)));
  const all = headers.length === 0 ? said : `${said.replace(/\.$/, '')} (${headers.join('; ')})`;
  return sentence(start, all, hint);
}

function sentence(start: string, said: string, hint: string): string {
  const end = /[.!?…]$/.test(said) ? '' : '.';
  return `${start}: ${said}${end}${hint === '' ? '' : ` ${hint}`}`;
}
