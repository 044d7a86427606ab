import type { Environment } from '../base/environment.ts';
import { InputError } from '../base/errors.ts';

/**
 * The forward proxy that the environment names for a URL: in the variable for the URL's scheme, unless NO_PROXY excepts
 * the host. undici's EnvHttpProxyAgent reads the same variables, but does not say which proxy it used, and every
 * sentence about a failed call names the proxy.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = variable(environment, name);
  if (value === undefined || isExcepted(url, variable(environment, 'NO_PROXY') ?? '')) return undefined;
  const proxy = URL.parse(value.includes('://') ? value : `http://${value}`);
  // The value may contain a password, so it is not quoted.
  if (!proxy || !/^https?:$/.test(proxy.protocol) || proxy.hostname === '') {
    throw new InputError(`${name} is not the URL of a proxy, such as http://proxy.example.com:3128.`);
  }
  return proxy;
}

/** Reads a variable in lower or upper case; lower case wins, as with curl. An empty variable counts as not set. */
export function variable(environment: Environment, name: string): string | undefined {
  const spellings = Object.keys(environment).filter(key => key.toUpperCase() === name);
  return spellings
    .sort()
    .reverse()
    .map(key => environment[key]?.trim())
    .find(value => value);
}

interface Exception {
  /** In lower case, without brackets and without a final dot; `*` is every host. */
  name: string;
  port: string | undefined;
  /** `*.example.com` means its subdomains, not example.com itself. */
  belowOnly: boolean;
}

/** Whether NO_PROXY excepts a host: by `*`, or by a host that includes its subdomains, optionally with a port. */
export function isExcepted(url: URL, noProxy: string): boolean {
  const host = plain(url.hostname.toLowerCase());
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .map(exceptionFrom)
    .filter(exception => exception.port === undefined || exception.port === port)
    .some(
      ({ name, belowOnly }) =>
        name === '*' || (!belowOnly && host === name) || (name !== '' && host.endsWith(`.${name}`)),
    );
}

function exceptionFrom(entry: string): Exception {
  // An IPv6 address needs brackets before a port; otherwise they are optional.
  const [, host = entry, port] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  return { name: plain(host).replace(/^\*?\./, ''), port, belowOnly: host.startsWith('*.') };
}

function plain(host: string): string {
  return host.replace(/^\[(.+)\]$/, '$1').replace(/(.)\.$/, '$1');
}
