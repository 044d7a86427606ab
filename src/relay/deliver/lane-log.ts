import { formatDuration } from '../../base/units.ts';
import type { Relay } from '../relay.ts';
import type { LaneBook } from '../store/lane-book.ts';
import { EVERY_LANE } from './lane-waits.ts';

/** Logs which lanes began to wait, wait for another reason, or ended their wait; each kind of wait once. */
export function logLanes(
  { log, clock }: Pick<Relay, 'log' | 'clock'>,
  before: LaneBook,
  after: LaneBook,
): void {
  for (const name of new Set([...Object.keys(before.lanes), ...Object.keys(after.lanes)])) {
    const [old, now] = [before.lanes[name], after.lanes[name]];
    if (!now) log.info(name === EVERY_LANE ? 'GitHub takes calls again.' : `${name} takes dispatches again.`);
    if (!now || now.kind === old?.kind) continue;
    const who = name === EVERY_LANE ? 'Every change waits' : `Changes for ${name} wait`;
    log.warning(`${now.reason} ${who}; tried again in ${formatDuration(now.until - clock.steady())}.`);
  }
}
