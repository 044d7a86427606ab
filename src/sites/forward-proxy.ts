import type { Environment } from '../base/environment.ts';
import { InputError } from '../base/errors.ts';
import { proxyFor, variable } from '../net/proxy.ts';
import { percentDecoded } from './secrets.ts';

/**
 * The URL of a site's forward proxy, or undefined where there is none: only a site whose description says so is called
 * through one. `true` means the proxy in HTTPS_PROXY, unless NO_PROXY excepts the site's host.
 */
export function forwardProxy(
  setting: boolean | string | undefined,
  url: string,
  environment: Environment,
): string | undefined {
  if (typeof setting === 'string') return checked(setting, 'its URL');
  if (!setting) return undefined;
  if (variable(environment, 'HTTPS_PROXY') === undefined) {
    throw new InputError(
      'proxy: it is true, but the environment variable HTTPS_PROXY is not set. Set it, or give a URL.',
    );
  }
  const proxy = named(new URL(url), environment);
  return proxy && checked(proxy, 'the URL in HTTPS_PROXY');
}

function named(url: URL, environment: Environment): string | undefined {
  try {
    return proxyFor(url, environment)?.href.replace(/\/$/, '');
  } catch {
    throw new InputError(
      'proxy: it is true, but the environment variable HTTPS_PROXY holds no http:// or https:// URL.',
    );
  }
}

/** A `%` without two hex digits would fail much later, with an error that names nothing. */
function checked(proxy: string, which: string): string {
  const { username, password } = new URL(proxy);
  if (percentDecoded(username + password) !== undefined) return proxy;
  throw new InputError(
    `proxy: ${which} has a % that is not followed by two hexadecimal digits, or not by a letter's; ` +
      'percent-encode the password (% is %25).',
  );
}
