import { randomInt } from 'node:crypto';
import type { Site } from '../sites/site.ts';

/** The address of every call to QRS: its path after the site's prefix, with the Xrfkey. */
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
 * Turns a path or URL from the site into a path below the site's URL; it may or may not begin with the virtual proxy's
 * prefix (docs/qrs.md 4.1). Undefined for another host, or another port of this host.
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

/** The prefix of the virtual proxy, with a slash before it; empty without one. */
export function prefixOf({ url }: Site): string {
  return new URL(url).pathname.replace(/\/$/, '');
}

/** 16 characters of 0-9a-zA-Z, new for each call, the same in the query and the header (docs/qrs.md 2.6). */
function xrfkey(): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('');
}
