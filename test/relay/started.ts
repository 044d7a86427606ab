import { type RelayStage, type RelayStageOptions, relayStage } from './stage.ts';

/** Relays for one subscription, which dispatches every update of an app; each test ends with `afterEach(endStages)`. */

export const APP = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;
export const OWN = 'INTERNAL\\sa_api';
export const HOUR = 3_600_000;

/** On a site whose apps have just been made. */
export async function startedAtOnce(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  const stage = await relayStage({ subscriptions: APP, ...options });
  await stage.start();
  return stage;
}

/** On a site whose apps were made so long ago that they are no news; not started yet. */
export async function ready(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  const stage = await relayStage({ subscriptions: APP, ...options });
  stage.time.hand.advance(600_000);
  return stage;
}

/** The same, started. */
export async function started(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  const stage = await ready(options);
  await stage.start();
  await stage.time.pass(1_000);
  return stage;
}

/** Of the apps that were dispatched, in order. */
export const names = (it: RelayStage) => it.told().map(({ object }) => object.name);
