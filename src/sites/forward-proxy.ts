import { InputError } from '../base/errors.ts';
import { percentDecoded } from './secrets.ts';
import type { Environment } from './variables.ts';

/**
 * The URL of the forward proxy on the way to a site, or undefined where there is none: only a site that says so is
 * called through one. `true` means the one that HTTPS_PROXY names, unless NO_PROXY takes the site's host out.
 */
export function forwardProxy(
  setting: boolean | string | undefined,
  url: string,
  environment: Environment,
): string | undefined {
  if (typeof setting === 'string') return checked(setting, 'its URL');
  if (!setting) return undefined;
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const found = read('HTTPS_PROXY');
  if (found === undefined) {
    throw new InputError(
      'proxy: it is true, but the environment variable HTTPS_PROXY is not set. Set it, or give a URL.',
    );
  }
  const proxy = /^[a-z][a-z0-9+.-]*:\/\//i.test(found) ? found : `http://${found}`;
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol)) {
    throw new InputError(
      'proxy: it is true, but the environment variable HTTPS_PROXY holds no http:// or https:// URL.',
    );
  }
  if (isTakenOut(new URL(url), read('NO_PROXY') ?? '')) return undefined;
  return checked(proxy, 'the URL in HTTPS_PROXY');
}

/** A `%` that begins no letter would fail much later, with an error that names nothing. */
function checked(proxy: string, which: string): string {
  const { username, password } = new URL(proxy);
  if (percentDecoded(username + password) !== undefined) return proxy;
  throw new InputError(
    `proxy: ${which} has a % that is not followed by two hexadecimal digits, or not by a letter's; ` +
      'percent-encode the password (% is %25).',
  );
}

/** `*`, or hosts, each with the hosts below it, and perhaps a port. */
function isTakenOut({ hostname, port }: URL, noProxy: string): boolean {
  return noProxy
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      const [, host = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (host === '*') return true;
      if (only !== undefined && only !== (port || '443')) return false;
      const name = host.replace(/^\*?\./, '');
      return hostname === name || hostname.endsWith(`.${name}`);
    });
}
