import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';

export const NAMES = ['dev', 'test', 'prod'] as const;
export type Trio = Readonly<Record<(typeof NAMES)[number], Simulator>>;

/** Three sites in this process, whose counters can be read. */
export async function onTrio<T>(
  data: Readonly<Record<(typeof NAMES)[number], SiteData>>,
  switches: SwitchesInput,
  work: (trio: Trio) => Promise<T>,
): Promise<T> {
  const started: Simulator[] = [];
  const begin = async (name: (typeof NAMES)[number]) => {
    const site = await startSimulator({ name, data: data[name], switches });
    started.push(site);
    return site;
  };
  try {
    return await work({ dev: await begin('dev'), test: await begin('test'), prod: await begin('prod') });
  } finally {
    for (const site of started) await site.stop();
  }
}
