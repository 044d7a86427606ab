import { createVerify } from 'node:crypto';
import { z } from 'zod';
import { No } from './answers.ts';
import type { App, Hub } from './hub.ts';

const longest = 600;
const claims = z.object({
  iss: z.union([z.string(), z.number()]),
  iat: z.unknown(),
  exp: z.unknown(),
});
const header = z.object({ alg: z.literal('RS256') });

const undecodable = () => new No(401, 'A JSON web token could not be decoded');
const badIssue =
  "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
const badExpiry =
  "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";

export const looksLikeJwt = (token: string) => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

/**
 * The App that signed the token, in GitHub's order and words. A clock that is off shows here: an `iat` in the
 * future, an `exp` that is past or more than ten minutes ahead.
 */
export function appOf(hub: Hub, token: string): App {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = claims.safeParse(decoded(body));
  if (!header.safeParse(decoded(head)).success || !read.success) throw undecodable();
  const { iss, iat, exp } = read.data;
  const app = hub.apps.values().find(one => String(one.id) === String(iss) || one.clientId === iss);
  if (!app) throw new No(404, 'Integration not found');
  const signed = `${head}.${body}`;
  const genuine = app.publicKeys.some(key =>
    createVerify('RSA-SHA256').update(signed).verify(key, signature, 'base64url'),
  );
  if (!genuine) throw undecodable();
  const now = hub.clock.now() / 1000;
  if (!Number.isInteger(iat) || Number(iat) > now) throw new No(401, badIssue);
  if (typeof exp !== 'number' || exp <= now) throw new No(401, badExpiry);
  if (exp > now + longest) throw new No(401, "'Expiration time' claim ('exp') is too far in the future");
  return app;
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
