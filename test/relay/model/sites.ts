import { type Simulator, startSimulator } from '../../../simulator/server.ts';
import type { Clock } from '../../../simulator/site/clock.ts';
import type { SiteData } from '../../../simulator/site/data.ts';
import type { Change } from '../../../simulator/site/site.ts';
import type { Edit } from './book.ts';

export const ANNA = 'DOMAIN\\anna';
export const OWN = 'INTERNAL\\sa_api';
export type SiteName = 'dev' | 'prod';
export type Sites = Readonly<Record<SiteName, Simulator>>;

const DEV_APPS = 5;
const PROD_APPS = 3;
/** One after the other they tell the changes of the relay's own user apart. */
const TAGS = 400;

/** What site dev has in place of its usual apps; the first two are reloaded by tasks. */
export interface DevSite {
  streams?: string[];
  apps?: NonNullable<SiteData['apps']>;
}

const appsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `App${index} v0`, stream: 'Build', size: 10 }));

/** Two sites; every change on them is written into the book. */
export async function startSites(
  clock: Clock,
  edits: Edit[],
  { streams = [], apps = appsOf(DEV_APPS) }: DevSite = {},
): Promise<Sites> {
  const start = async (name: SiteName, data: object) => {
    const simulator = await startSimulator({
      name,
      clock,
      data: {
        streams: ['Build', ...streams],
        tags: Array.from({ length: TAGS }, (_, index) => `t${index}`),
        customProperties: { PromotionApproval: ['Approve', 'Deny'] },
        users: [ANNA],
        ...data,
      },
    });
    const { site } = simulator;
    for (const entity of site.apps.values())
      edits.push(editOf(name, { type: 'Add', entity, properties: [] }, clock.now()));
    site.onChange(change => {
      const { schemaPath } = change.entity;
      if (schemaPath === 'App' || schemaPath === 'ExecutionResult')
        edits.push(editOf(name, change, clock.now()));
    });
    return simulator;
  };
  const dev = await start('dev', {
    apps,
    tasks: [
      { name: 'Nightly', app: 'App0 v0', runs: [{ takes: '2s', ends: 'FinishedFail' }] },
      { name: 'Hourly', app: 'App1 v0', runs: [{ takes: '2s' }, { takes: '4s', ends: 'FinishedFail' }] },
    ],
  });
  return { dev, prod: await start('prod', { apps: appsOf(PROD_APPS) }) };
}

export function editOf(site: SiteName, { type, entity }: Change, at: number, secret = false): Edit {
  const { id, modifiedByUserName: by } = entity;
  const plain = { at, site, id, type, by, secret, approved: false, status: '', state: '' };
  if (entity.schemaPath === 'ExecutionResult')
    return { ...plain, entity: 'ExecutionResult', status: entity.status, state: entity.status };
  if (entity.schemaPath !== 'App') throw new Error(`the model knows nothing of a ${entity.schemaPath}`);
  const approved = entity.customProperties.some(({ value }) => value === 'Approve');
  const state = `${entity.name} ${entity.tags[0]?.name ?? 't0'}`;
  return { ...plain, entity: 'App', approved, state };
}

/** A relay that was killed says no goodbye: its last calls change nothing. */
export function ignoreGoodbyes(sites: Sites, ignored: boolean): void {
  for (const { faults } of Object.values(sites)) {
    faults.clear();
    if (ignored)
      faults.add({ method: 'DELETE', path: /\/notification/, times: 1000, fault: { status: 204 } });
  }
}
