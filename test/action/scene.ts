import { SPEC, type Stage, type StageOptions, stage } from '../sites-for-tests.ts';
import { runStep, type StepOptions, sitesInput } from './runner.ts';

export const ASKS = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

export async function on(options: StageOptions, check: (stage: Stage) => Promise<void>): Promise<void> {
  const set = await stage({ app: { properties: ASKS }, ...options });
  try {
    await check(set);
  } finally {
    await set.stop();
  }
}

export function step(set: Stage, inputs: Record<string, string> = {}, more: Partial<StepOptions> = {}) {
  const { sites, env } = sitesInput({ dev: set.dev, test: set.test });
  return runStep({
    inputs: { promote: SPEC, sites, 'dry-run': 'false', ...inputs },
    event: {
      name: 'repository_dispatch',
      payload: { client_payload: { site: 'dev', object: { id: set.app } } },
    },
    ...more,
    env: { ...env, ...more.env },
  });
}

export const payload = (client_payload: unknown) => ({
  event: { name: 'repository_dispatch', payload: { client_payload } },
});
