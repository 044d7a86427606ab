import { messageOf } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import type { Relay } from '../relay.ts';
import { ALL, type Waiting } from './lane-waits.ts';
import type { Lanes } from './lanes.ts';

export interface LaneRecord {
  /** Logs and stores what has changed about the lanes. */
  record(): Promise<void>;
  /** Takes up what an earlier relay was asked to wait for. */
  restore(): Promise<void>;
}

/** Keeps log and store in step with the lanes. */
export function laneRecord({ store, clock, log }: Relay, lanes: Lanes): LaneRecord {
  /** The lanes as the log and the store know them. */
  const recorded = new Map<string, Waiting>();

  async function record(): Promise<void> {
    const all = lanes.all();
    for (const name of new Set([...recorded.keys(), ...all.keys()])) {
      const [before, now] = [recorded.get(name), all.get(name)];
      if (before === now) continue;
      if (now) recorded.set(name, now);
      else recorded.delete(name);
      say(name, before, now);
      await write(name, now);
    }
  }

  /** Logs each kind of wait once. */
  function say(name: string, before: Waiting | undefined, now: Waiting | undefined): void {
    if (!now) log.info(name === ALL ? 'GitHub takes calls again.' : `${name} takes dispatches again.`);
    if (!now || now.kind === before?.kind) return;
    const who = name === ALL ? 'Every change waits' : `Changes for ${name} wait`;
    log.warning(`${now.reason} ${who}; tried again in ${formatDuration(now.until - clock.steady())}.`);
  }

  async function write(repository: string, lane: Waiting | undefined): Promise<void> {
    const { kind = 'trouble', failures = 0, reason = '' } = lane ?? {};
    const waits = lane !== undefined && lane.until > clock.steady();
    const until = waits ? Math.round(lane.until - clock.steady() + clock.now()) : undefined;
    await store
      .keepLane({ repository, kind, since: clock.now(), until, failures, reason })
      .catch(error => log.warning(messageOf(error)));
  }

  async function restore(): Promise<void> {
    const rows = await store.lanes();
    lanes.restore(rows, clock.now());
    for (const { repository } of rows) {
      const lane = lanes.all().get(repository);
      if (lane) recorded.set(repository, lane);
      await write(repository, lane);
    }
  }

  return { record, restore };
}
