import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { InputError } from '../base/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The way to one host. */
export interface Route {
  dispatcher: Dispatcher;
  /** `host:port` of the proxy on the way, without the password that its URL may hold. */
  proxy: string | undefined;
}

/** How long a connection may take to be made, ms: less than a call, so that it is told apart from a slow answer. */
const CONNECTING = 10_000;

export function routeTo(
  url: URL,
  { environment, ca, timeout }: { environment: Environment; ca: string | undefined; timeout: number },
): Route {
  const proxy = proxyFor(url, environment);
  const tls = { timeout: Math.min(CONNECTING, timeout * 0.8), ...trusting(ca) };
  // Calls come one at a time: a second connection would be another handshake for nothing, and so would HTTP/2.
  const common = { allowH2: false, connections: 1 };
  if (!proxy) return { dispatcher: new Agent({ ...common, connect: tls }), proxy: undefined };
  return {
    dispatcher: new ProxyAgent({
      ...common,
      connectTimeout: tls.timeout,
      uri: proxy.href,
      requestTls: tls,
      proxyTls: tls,
    }),
    proxy: proxy.host,
  };
}

/** A given authority is trusted beside those that Node trusts, not instead of them. */
function trusting(ca: string | undefined) {
  if (ca === undefined) return {};
  try {
    // Node ignores an authority that it cannot read.
    new X509Certificate(ca);
    return { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ca] }) };
  } catch {
    throw new InputError('The ca for GitHub is not a certificate in PEM.');
  }
}

/** The proxy that the environment names for a URL: the variable of its scheme, unless NO_PROXY excepts the host. */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = variable(environment, name);
  if (value === undefined || excepted(url, variable(environment, 'NO_PROXY') ?? '')) return undefined;
  const proxy = URL.parse(value.includes('://') ? value : `http://${value}`);
  // The value may hold a password, and is not quoted.
  if (!proxy || !/^https?:$/.test(proxy.protocol) || proxy.hostname === '') {
    throw new InputError(`${name} is not the URL of a proxy, such as http://proxy.example.com:3128.`);
  }
  return proxy;
}

/** In any case; the lower one goes first, as with curl. An empty one counts as not set. */
function variable(environment: Environment, name: string): string | undefined {
  const spellings = Object.keys(environment).filter(key => key.toUpperCase() === name);
  return spellings
    .sort()
    .reverse()
    .map(key => environment[key]?.trim())
    .find(value => value);
}

function excepted(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      const [, bare = entry, only] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
      if (only !== undefined && only !== port) return false;
      const name = bare.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
      return name === '*' || host === name || host.endsWith(`.${name}`);
    });
}
