import type { SiteData } from '../../simulator/site/data.ts';
import { handClock } from '../../simulator/site/hand-clock.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { at, qrs, started, text } from './client.ts';

type TaskInput = Partial<NonNullable<SiteData['tasks']>[number]>;

/** A site with one task, Nightly Sales, whose time is put forward by hand. */
export async function tasked(given: TaskInput, switches: SwitchesInput = {}) {
  const clock = handClock();
  const apps = [{ name: 'Sales', size: '10 KB', lastReloadTime: '2026-01-02T03:04:05.000Z' }];
  const app = given.type === 'external' ? {} : { app: 'Sales' };
  const tasks = [{ name: 'Nightly Sales', ...app, ...given }];
  const sim = await started({ data: { tags: ['t'], apps, tasks }, switches, clock });
  const [own] = sim.site.tasks.values();
  if (!own) throw new Error('no task');
  const path = `/${own.schemaPath.toLowerCase()}`;
  const list = async (what: string): Promise<unknown[]> => Object((await qrs(sim, 'GET', what)).json);
  const session = (id: string) => qrs(sim, 'GET', `/executionsession/${id}`);
  return {
    sim,
    clock,
    own,
    list,
    session,
    task: async () => (await qrs(sim, 'GET', `${path}/${own.id}`)).json,
    start: async () =>
      text((await qrs(sim, 'POST', `/task/${own.id}/start/synchronous`, { body: {} })).json, 'value'),
    stop: () => qrs(sim, 'POST', `/task/${own.id}/stop`, { body: {} }),
    statusOf: async (id: string) => at((await session(id)).json, 'executionResult', 'status'),
    /** The newest first. */
    results: (id: string) =>
      list(`/executionresult/full?filter=ExecutionId%20eq%20${id}&orderby=startTime%20desc`),
  };
}
