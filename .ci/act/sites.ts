import type { Simulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';

/** What the simulated sites have, and how a test finds it. */

export const DEV: SiteData = {
  streams: ['Release'],
  customProperties: {
    PromoteToServer: ['Test - Overwrite', 'Test - Duplicate'],
    PromoteToStream: ['Everyone', 'Review'],
    PromotionApproval: ['Approve', 'Deny'],
    PromoteOnReload: ['Yes'],
  },
  apps: [
    { name: 'Sales Overview', stream: 'Release', size: '20 KB' },
    { name: 'Stock', stream: 'Release', size: '20 KB' },
  ],
};
/** Of test or prod: it has an older Sales Overview. */
export const TARGET: SiteData = {
  streams: ['Everyone', 'Review'],
  apps: [{ name: 'Sales Overview', stream: 'Everyone', size: '10 KB' }],
};

export function appOn({ site }: Simulator, name: string): string {
  const app = [...site.apps.values()].find(one => one.name === name);
  if (!app) throw new Error(`no app is called ${name}`);
  return app.id;
}

export function propertiesOf({ site }: Simulator, app: string): string[] {
  return site.apps.get(app)?.customProperties.map(({ value }) => value) ?? [];
}
