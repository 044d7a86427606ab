import { createType1Message, createType3Message, parseType2Message } from '@node-ntlm/core';
import type { Dispatcher } from 'undici';
import { RemoteError } from '../base/errors.ts';
import type { Credentials } from '../sites/credentials.ts';
import type { Site } from '../sites/sites.ts';
import { type Answer, redirectOf } from './answer.ts';
import type { Cookies } from './cookies.ts';
import type { Asking } from './sign-in.ts';
import { openWire } from './wire.ts';

interface Handshake {
  site: Site;
  credentials: Extract<Credentials, { kind: 'ntlm' }>;
  attempt: string;
  cookies: Cookies;
  get: (wire: Dispatcher, origin: string, asking: Asking) => Promise<Answer>;
}

/** To the authentication module and back are two; the rest is for what stands before it. */
const MOST_STEPS = 12;
/** Of a challenge, [MS-NLMP] 2.2.2.5: what version 2 needs. */
const EXTENDED_SECURITY = 0x80000;

/**
 * Signs in by NTLM version 2, which signs in a connection: all of it goes over one. Redirects are followed on the
 * site's own host, on another port too, as the authentication module may listen there (docs/qrs.md 2.5); nothing
 * goes to another host. The first answer that is neither a redirect nor a challenge is given to `read`.
 */
export async function shakeHands(
  handshake: Handshake,
  first: Asking,
  read: (answer: Answer) => Promise<void>,
): Promise<void> {
  const { site, cookies, get } = handshake;
  let at = new URL(first.path, site.url);
  let wire = openWire(site, at.origin, 1);
  /** The last message sent at this address. */
  let sent: Message = { type: 0, header: {} };
  try {
    for (let step = 1; ; step += 1) {
      const headers = { ...first.headers, ...cookies.header(), ...sent.header };
      const answer = await get(wire, at.origin, { path: at.pathname + at.search, headers });
      cookies.keep(answer);
      const redirect = redirectOf(site, answer, at);
      const next =
        answer.statusCode === 401 && sent.type < 3 ? nextMessage(handshake, answer, sent) : undefined;
      if (step === MOST_STEPS || (!next && !redirect) || redirect?.foreign) {
        await read(answer);
        return;
      }
      // The connection is free for the next step once the answer has been read.
      await answer.body.text();
      if (next) sent = next;
      if (!redirect) continue;
      sent = { type: 0, header: {} };
      if (redirect.to.origin !== at.origin) {
        await wire.destroy();
        wire = openWire(site, redirect.to.origin, 1);
      }
      at = redirect.to;
    }
  } finally {
    await wire.destroy();
  }
}

interface Message {
  type: 0 | 1 | 3;
  header: { authorization?: string };
}

/** What to send after a 401. Throws RemoteError when the handshake cannot go on. */
function nextMessage(handshake: Handshake, answer: Answer, sent: Message): Message {
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
  hint: 'Version 1 gives passwords away and is not used: allow version 2 on the server.',
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
