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

/**
 * A path that the site gave, or an address with it, as one below the site's URL: with or without the prefix of the
 * virtual proxy before it (docs/qrs.md 4.1). Undefined for another host, or another port of this one.
 */
export function pathWithin(site: Site, given: string): string | undefined {
  const { origin } = new URL(site.url);
  const to = URL.canParse(given, origin) ? new URL(given, origin) : undefined;
  if (to?.origin !== origin || !/^(\/|https:)/i.test(given)) return undefined;
  const prefix = `${prefixOf(site)}/`;
  const path = to.pathname.toLowerCase().startsWith(prefix.toLowerCase())
    ? to.pathname.slice(prefix.length - 1)
    : to.pathname;
  return path + to.search;
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
