import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { userOfToken } from './jwt.ts';
import { authenticated, type Challenge, createChallenge, ntlmMessage } from './ntlm.ts';
import { loginForm, redirect, refuse } from './pages.ts';
import type { NtlmProxy } from './settings.ts';
import { below, parameter, type Visit } from './visit.ts';

/** The path of the proxy's own sign-in, below the prefix. */
export const MODULE = '/internal_windows_authentication/';
const FORM = '/internal_forms_authentication/';

/** NTLM signs in a connection; this is the challenge that each connection got. */
export type Handshakes = WeakMap<Socket, Challenge>;

/** The user of a request without a session (`DIRECTORY\user`), or undefined if the sign-in answered it. */
export function signIn(visit: Visit, handshakes: Handshakes): string | undefined {
  const { proxy, request, response, now } = visit;
  if (proxy.kind === 'jwt') {
    if (request.headers.authorization === undefined) return toSignIn(visit);
    const checked = userOfToken(request.headers.authorization, proxy, now());
    if ('user' in checked) return checked.user;
    refuse(response, 401, 'Unauthorized');
    return undefined;
  }
  if (proxy.kind === 'header') {
    const value = request.headers[proxy.name.toLowerCase()];
    if (typeof value !== 'string' || value === '') return toSignIn(visit);
    return proxy.directory === undefined ? value.replace('\\\\', '\\') : `${proxy.directory}\\${value}`;
  }
  return proxy.atOnce && isWindows(visit, proxy) ? shakeHands(visit, proxy, handshakes) : toSignIn(visit);
}

/** The authentication module: after NTLM it redirects users to where they came from, with a ticket. */
export function authenticationModule(visit: Visit, proxy: NtlmProxy, handshakes: Handshakes): void {
  const target = visit.targets.get(parameter(visit.query, 'targetId') ?? '');
  const user = target === undefined ? undefined : shakeHands(visit, proxy, handshakes);
  if (target === undefined) refuse(visit.response, 400, 'Unknown target');
  if (target === undefined || user === undefined) return;
  const ticket = randomUUID();
  visit.tickets.set(ticket, user);
  redirect(visit.response, `${target}${target.includes('?') ? '&' : '?'}qlikTicket=${ticket}`);
}

/** Shows the form, whatever is posted to it. */
export const form = ({ path, response }: Visit): boolean => {
  if (!path.startsWith(FORM)) return false;
  loginForm(response);
  return true;
};

const isWindows = ({ request }: Visit, { pattern = 'Windows' }: NtlmProxy) =>
  (request.headers['user-agent'] ?? '').includes(pattern);

/** A body sent along is lost here (docs/qrs.md 2.2). */
function toSignIn(visit: Visit): undefined {
  const { proxy, request, response, targets } = visit;
  const id = randomUUID();
  targets.set(id, request.url ?? '/');
  const windows = proxy.kind === 'ntlm' && isWindows(visit, proxy);
  const own = `https://${request.headers.host}${below(proxy, windows ? MODULE : FORM)}`;
  redirect(response, `${proxy.loginAt ?? own}?targetId=${id}`);
  return undefined;
}

function shakeHands(
  { request, response }: Visit,
  proxy: NtlmProxy,
  handshakes: Handshakes,
): string | undefined {
  const { socket, headers } = request;
  const challenge = handshakes.get(socket);
  const last = ntlmMessage(headers.authorization, 3);
  if (last && challenge) {
    handshakes.delete(socket);
    const account = authenticated(last, challenge, proxy.accounts);
    if (account) return account.user;
  }
  if (ntlmMessage(headers.authorization, 1)) {
    const [domain = 'COMPANY'] = (proxy.accounts[0]?.user ?? '').split('\\');
    const next = createChallenge(domain, 'QLIK01');
    handshakes.set(socket, next);
    response.setHeader('WWW-Authenticate', next.header);
    if (proxy.dropsConnection) response.setHeader('Connection', 'close');
  } else response.setHeader('WWW-Authenticate', (proxy.offers ?? 'NTLM').split(', '));
  refuse(response, 401, 'Unauthorized');
  return undefined;
}
