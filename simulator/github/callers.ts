import { No } from './answers.ts';
import type { App, Credential, Hub } from './hub.ts';
import { appOf, looksLikeJwt } from './jwt.ts';

/** Who sent a request. */
export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'app'; readonly app: App }
  | { readonly kind: 'token'; readonly credential: Credential };

/** Reads `Bearer …` or `token …`, and Basic with the token as password. */
export function callerOf(hub: Hub, authorization: string | undefined): Caller {
  if (authorization === undefined) return { kind: 'nobody' };
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  const token = scheme.toLowerCase() === 'basic' ? passwordOf(rest) : rest;
  if (looksLikeJwt(token)) return { kind: 'app', app: appOf(hub, token) };
  const credential = hub.tokens.get(token);
  const now = hub.clock.now();
  if (!credential || credential.from > now || credential.until <= now) throw new No(401, 'Bad credentials');
  return { kind: 'token', credential };
}

function passwordOf(basic: string): string {
  const text = Buffer.from(basic, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

/** The key of a rate limit, which all tokens of one user, one installation or one App share. */
export function accountOf(caller: Caller): string {
  if (caller.kind === 'nobody') return '127.0.0.1';
  if (caller.kind === 'app') return `App ID ${caller.app.id}`;
  const { kind, installation, login, token } = caller.credential;
  if (kind !== 'installation') return `user ID ${login}`;
  return `installation ID ${installation?.id ?? token}`;
}

/** The headers in which an answer describes the token used. */
export function headersAbout(caller: Caller): Record<string, string> {
  if (caller.kind !== 'token') return {};
  const { kind, scopes, until } = caller.credential;
  const ends = Number.isFinite(until) && kind !== 'installation';
  const date = ends ? new Date(until).toISOString().slice(0, 19).replace('T', ' ') : '';
  return {
    ...(kind === 'classic' && { 'X-OAuth-Scopes': scopes.join(', ') }),
    ...(ends && { 'GitHub-Authentication-Token-Expiration': `${date} UTC` }),
  };
}
