import { createHash } from 'node:crypto';
import type { RelayConfig } from '../config/settings.ts';

/**
 * What relays on one store must have in common: sites and subscriptions. Credentials are left out, and so is where
 * each relay listens. Pure.
 */
export function digestOf({ sites, subscriptions }: Pick<RelayConfig, 'sites' | 'subscriptions'>): string {
  const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
  const common = {
    sites: sites.map(({ name, names, url }) => ({ name, names, url })).sort(byName),
    subscriptions: subscriptions.map(({ site, ...rest }) => ({ ...rest, site: site.name })).sort(byName),
  };
  return createHash('sha256').update(JSON.stringify(common)).digest('hex').slice(0, 16);
}
