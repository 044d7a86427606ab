import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Dispatch } from '../../simulator/github/dispatches.ts';
import type { GitHub } from '../../simulator/github/server.ts';
import { adapt, type Places } from './adapt.ts';
import { type Relay, startRelay } from './relay.ts';

const CONFIGURATION = join(import.meta.dirname, '..', '..', 'examples', 'relay', 'relay.yml');
export const RELAY_TOKEN = 'github_pat_of_the_relay';
/** From a change on a site to its dispatch. Ms. */
const LONGEST = 30_000;

/** What starts a workflow. */
export interface Event {
  name: string;
  payload: { client_payload?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
}

interface Around {
  folder: string;
  hub: GitHub;
  places: Places;
  secrets: Readonly<Record<string, string>>;
}

/** The relay with the configuration of the examples, until the test ends. */
export async function relayOf(t: TestContext, { folder, hub, places, secrets }: Around): Promise<Relay> {
  const example = readFileSync(CONFIGURATION, 'utf8');
  const { text } = adapt(example, { ...places, 'https://api.github.com': hub.url });
  const relay = await startRelay(folder, text, { ...secrets, GITHUB_DISPATCH_TOKEN: RELAY_TOKEN });
  t.after(() => relay.stop());
  return relay;
}

/** The event by which the relay starts a workflow when a site is changed so. */
export async function relayed(
  relay: Relay,
  hub: GitHub,
  workflow: string,
  change: () => unknown,
): Promise<Event> {
  const { promise, resolve } = Promise.withResolvers<Dispatch | undefined>();
  const stop = hub.onDispatch(dispatch => {
    if (dispatch.runs.some(run => run.workflow === `.github/workflows/${workflow}`)) resolve(dispatch);
  });
  const timer = setTimeout(resolve, LONGEST, undefined);
  await change();
  const dispatch = await promise;
  clearTimeout(timer);
  stop();
  if (!dispatch)
    throw new Error(`The relay did not start ${workflow} within ${LONGEST} ms:\n${relay.list()}`);
  const { event_type, client_payload } = dispatch;
  return { name: 'repository_dispatch', payload: { action: event_type, branch: 'main', client_payload } };
}
