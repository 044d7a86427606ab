import { createType1Message, createType3Message, parseType2Message } from '@node-ntlm/core';
import type { Dispatcher } from 'undici';
import { RemoteError } from '../../base/errors.ts';
import { readBeginning } from '../../net/body.ts';
import type { Credentials } from '../../sites/credentials.ts';
import type { Site } from '../../sites/site.ts';
import { type HttpResponse, redirectOf } from '../answer.ts';
import { openConnections } from '../open-connections.ts';
import type { Cookies } from './cookies.ts';
import { type OnceSent, onceSent } from './password.ts';

/** One GET of a handshake. */
export interface HandshakeStep {
  path: string;
  headers: Readonly<Record<string, string>>;
}

interface Handshake {
  site: Site;
  credentials: Extract<Credentials, { kind: 'ntlm' }>;
  attempt: string;
  cookies: Cookies;
  get: (wire: Dispatcher, origin: string, asking: HandshakeStep) => Promise<HttpResponse>;
  signal: AbortSignal;
}

/** Two redirects lead to the authentication module and back; the others are for proxies before it. */
const MOST_STEPS = 12;
/** A flag of a challenge that NTLM version 2 needs ([MS-NLMP] 2.2.2.5). */
const EXTENDED_SECURITY = 0x80000;

/**
 * Signs in by NTLM version 2, which signs in one connection, so all requests use the same one. It follows redirects on
 * the site's own host, also to another port, because the authentication module may listen there (docs/qrs.md 2.5), and
 * never to another host. It passes the first answer that is neither a redirect nor a challenge to `read`.
 *
 * The password is sent to an origin once. Throws SpentError when it was sent and the sign-in did not succeed.
 */
export async function shakeHands(
  handshake: Handshake,
  first: HandshakeStep,
  read: (answer: HttpResponse) => Promise<void>,
): Promise<void> {
  const { site, attempt, signal } = handshake;
  const password = onceSent(site, attempt);
  const line = lineTo(site, new URL(first.path, site.url));
  try {
    const answer = await walk(handshake, first, line, password);
    password.judge(answer);
    await read(answer);
  } catch (cause) {
    throw signal.aborted ? cause : password.lost(cause);
  } finally {
    await line.close();
  }
}

/** Makes requests up to the first answer that is neither a redirect nor a challenge. */
async function walk(
  handshake: Handshake,
  first: HandshakeStep,
  line: Line,
  password: OnceSent,
): Promise<HttpResponse> {
  const { site, cookies, get } = handshake;
  /** The last message sent at this address. */
  let sent: Message = { type: 0, header: {} };
  for (let step = 1; ; step += 1) {
    const { at } = line;
    const headers = { ...first.headers, ...cookies.header(), ...sent.header };
    const answer = await get(line.wire, at.origin, { path: at.pathname + at.search, headers });
    cookies.keep(answer);
    const redirect = redirectOf(site, answer, at);
    password.follow(redirect?.to);
    const next = password.wentTo(at.origin) ? undefined : nextMessage(handshake, answer, sent);
    if (step === MOST_STEPS || (!next && !redirect) || redirect?.foreign) return answer;
    // The connection is free for the next step once the answer has been read.
    await readBeginning(answer.body);
    if (next?.type === 3) password.sentTo(at.origin);
    sent = next ?? { type: 0, header: {} };
    if (redirect) await line.moveTo(redirect.to);
  }
}

type Line = ReturnType<typeof lineTo>;

/** The connection, which changes only when the origin does. */
function lineTo(site: Site, first: URL) {
  const line = {
    at: first,
    wire: openConnections(site, first.origin, 1),
    async moveTo(to: URL) {
      if (to.origin !== line.at.origin) {
        await line.wire.destroy();
        line.wire = openConnections(site, to.origin, 1);
      }
      line.at = to;
    },
    close: () => line.wire.destroy(),
  };
  return line;
}

interface Message {
  type: 0 | 1 | 3;
  header: { authorization?: string };
}

/** The message after a 401; undefined after any other answer. Throws RemoteError when the handshake cannot go on. */
function nextMessage(handshake: Handshake, answer: HttpResponse, sent: Message): Message | undefined {
  if (answer.statusCode !== 401) return undefined;
  const { domain, user, password } = handshake.credentials;
  const offers = [answer.headers['www-authenticate'] ?? []].flat().flatMap(line => line.split(/,\s*/));
  if (sent.type === 0) {
    if (!offers.some(offer => /^NTLM\b/i.test(offer))) throw broken(handshake, notOffered(offers));
    return { type: 1, header: { authorization: createType1Message({ domain: '', workstation: '' }) } };
  }
  const challenge = offers.find(offer => /^NTLM [A-Za-z0-9+/=]+$/.test(offer));
  const closes = /\bclose\b/i.test(String(answer.headers.connection ?? ''));
  if (challenge === undefined || closes) throw broken(handshake, LOST);
  const parsed = readChallenge(challenge);
  if (!parsed) throw broken(handshake, UNREADABLE);
  if (!(parsed.negotiateFlags & EXTENDED_SECURITY) || !parsed.targetInfo) throw broken(handshake, OLD);
  const account = { domain, username: user, password, workstation: '' };
  return { type: 3, header: { authorization: createType3Message(parsed, account) } };
}

function readChallenge(header: string) {
  try {
    return parseType2Message(header);
  } catch {
    return undefined;
  }
}

interface Break {
  answer: string;
  hint: string;
}

const LOST: Break = {
  answer: 'the NTLM handshake broke off, as the connection was not kept',
  hint: 'Does a proxy or load balancer on the way give each request a connection of its own?',
};
const UNREADABLE: Break = {
  answer: 'the NTLM challenge cannot be read',
  hint: 'Does something else than Qlik Sense answer there?',
};
const OLD: Break = {
  answer: 'NTLM version 2 was not offered',
  hint: 'Version 1 exposes passwords, so it is not used: allow version 2 on the server.',
};

function notOffered(offers: readonly string[]): Break {
  const schemes = offers.map(offer => offer.split(' ')[0]).join(', ');
  return {
    answer: `NTLM was not offered${schemes ? `, only ${schemes}` : ''}`,
    hint: 'Does the virtual proxy allow NTLM, or Kerberos alone?',
  };
}

function broken({ site, attempt }: Handshake, { answer, hint }: Break): RemoteError {
  const said = `Authentication failed. ${hint}`;
  return new RemoteError({ site: site.name, attempt, answer, hint: said, mayBeDone: false, final: true });
}
