import { test } from 'node:test';
import { type ReloadStage, type ReloadStageOptions, stage } from './stage.ts';

export const NIGHTLY = { name: 'Nightly', app: 'Sales' } as const;

export function on(
  what: string,
  options: ReloadStageOptions,
  check: (on: ReloadStage) => Promise<void>,
): void {
  test(`reload: ${what}`, async () => {
    const set = await stage(options);
    try {
      await check(set);
    } finally {
      await set.stop();
    }
  });
}
export const starts = ({ prod }: ReloadStage) => prod.counters.count('POST', /start\/synchronous/i);
export const stops = ({ prod }: ReloadStage) => prod.counters.count('POST', /\/stop/i);

export const sessionsEver = ({ prod }: ReloadStage) =>
  new Set([...prod.site.results.values()].map(one => one.executionID));
export const endless = { tasks: [{ ...NIGHTLY, runs: [{ never: true }] }] };
