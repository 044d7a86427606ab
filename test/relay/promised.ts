import { type RelayStage, type RelayStageOptions, relayStage } from './stage.ts';

/** What docs/relay.md promises, where the relay once broke its word in an ordinary situation. Counts, not sets. */

export const APP = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;
export const OWN = 'INTERNAL\\sa_api';
export const HOUR = 3_600_000;

export async function started(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  const stage = await relayStage({ subscriptions: APP, ...options });
  // That the apps were made must not be news.
  stage.time.hand.advance(600_000);
  await stage.start();
  await stage.time.pass(1_000);
  return stage;
}
export const names = (it: RelayStage) => it.told().map(({ object }) => object.name);
