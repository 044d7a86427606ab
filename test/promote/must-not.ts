import { test } from 'node:test';
import { type Stage, type StageOptions, stage } from '../sites-for-tests.ts';

/** What earlier promoters did wrong, each in a test that their behaviour fails. */

export const ASKS = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

export function mustNot(what: string, options: StageOptions, check: (on: Stage) => Promise<void>): void {
  test(`must not ${what}`, async () => {
    const on = await stage({ app: { properties: ASKS }, ...options });
    try {
      await check(on);
    } finally {
      await on.stop();
    }
  });
}

export const asking = (server: string, stream = ['Everyone']) => ({
  app: { properties: { PromoteToServer: [server], PromoteToStream: stream } },
});
