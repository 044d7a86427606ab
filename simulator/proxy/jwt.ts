import { createVerify } from 'node:crypto';
import type { JwtProxy } from './settings.ts';

/** The user of a JSON Web Token (`DIRECTORY\user`), or why it is refused (docs/qrs.md 2.3). */
export function userOfToken(
  authorization: string | undefined,
  proxy: JwtProxy,
  now: number,
): { user: string } | { refused: string } {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (signature === '' || more.length > 0) return { refused: 'no token' };
  if (read(header).alg !== 'RS256') return { refused: 'the algorithm is not RS256' };
  const signed = createVerify('RSA-SHA256').update(`${header}.${payload}`);
  if (!signed.verify(proxy.publicKey, Buffer.from(signature, 'base64url'))) {
    return { refused: 'the signature does not fit' };
  }
  const claims = read(payload);
  if (typeof claims.exp === 'number' && claims.exp * 1000 <= now) return { refused: 'expired' };
  // Differing clocks are a known cause of refused tokens.
  if (typeof claims.iat === 'number' && claims.iat * 1000 > now + 60_000)
    return { refused: 'from the future' };
  const id = claims[proxy.idClaim ?? 'userId'];
  const directory = claims[proxy.directoryClaim ?? 'userDirectory'];
  if (typeof id !== 'string' || typeof directory !== 'string') return { refused: 'a claim is missing' };
  return { user: `${directory}\\${id}` };
}

function read(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return value !== null && typeof value === 'object' ? { ...value } : {};
  } catch {
    return {};
  }
}
