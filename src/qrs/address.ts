import { randomInt } from 'node:crypto';
import type { Site } from '../sites/sites.ts';

/** What every call to QRS has: its path behind the site's prefix, and the key that guards it, twice. */
export interface Address {
  path: string;
  headers: Record<string, string>;
}

/** `path` is below the site's URL, already percent-encoded. */
export function addressOf(
  site: Site,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Address {
  const key = xrfkey();
  const parameters = Object.entries({ ...query, xrfkey: key })
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&');
  return {
    path: `${prefixOf(site)}${path}${path.includes('?') ? '&' : '?'}${parameters}`,
    headers: { 'x-qlik-xrfkey': key },
  };
}

/** Of the virtual proxy, with the slash before it; empty without one. */
export function prefixOf({ url }: Site): string {
  return new URL(url).pathname.replace(/\/$/, '');
}

/** 16 characters of 0-9a-zA-Z, new for each call, the same in the query and the header (docs/qrs.md 2.6). */
function xrfkey(): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('');
}
