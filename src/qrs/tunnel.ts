import type { Site } from '../sites/sites.ts';
import type { Diagnosis } from './diagnosis.ts';

/**
 * What a forward proxy says in place of a tunnel; undefined where that is not what went wrong. The HTTP client gives
 * the status in words alone.
 */
export function tunnelRefused(site: Site, detail: string): Diagnosis | undefined {
  const status = Number(/^Proxy response \((\d{3})\)/.exec(detail)?.[1]);
  if (site.proxy === undefined || !status) return undefined;
  const proxy = new URL(site.proxy).host;
  return {
    says: ({ url }) => `the proxy ${proxy} gave no way to ${new URL(url).host} (${status})`,
    hint: ({ name }) => hintFor(status, name),
    final: status < 500,
  };
}

function hintFor(status: number, name: string): string {
  if (status === 407) {
    return `It wants credentials: write them into the proxy of the site "${name}", as http://user:password@host:port.`;
  }
  if (status === 403) return 'Does it allow this host and port?';
  if (status >= 500) return 'Can it reach that host and port?';
  return 'Is it a proxy for tunnels (CONNECT)?';
}
