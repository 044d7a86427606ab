import { messageOf } from '../base/errors.ts';
import type { Qrs } from '../qrs/connection.ts';
import { isFinal, type Result, resultsOfSessions, stillRunning, stopTask } from '../qrs/executions.ts';

export interface Stopped {
  /** QRS said that the run is over. */
  over: boolean;
  records: readonly Result[];
  /** Why it is not known to be over. */
  why?: string;
}

const LOOK_AGAIN = 500;

/**
 * Stops a run and waits until QRS says that it is over, for at most `within` ms. A task is stopped by its own id,
 * so nothing is stopped once the run is gone: the next one may be somebody else's.
 */
export async function stopRun(
  run: Qrs,
  task: { id: string; name: string },
  session: string,
  within: number,
): Promise<Stopped> {
  const qrs = run.under(AbortSignal.timeout(within));
  const deadline = qrs.clock.now() + within;
  let records: readonly Result[] = [];
  try {
    let running = (await stillRunning(qrs, [session])).has(session);
    if (running) {
      await stopTask(qrs, task);
      qrs.log.info(`${qrs.site.name}: asked task "${task.name}" to stop.`);
    }
    while (qrs.clock.now() < deadline) {
      if (!running) {
        records = await resultsOfSessions(qrs, [session]);
        const [newest] = records;
        if (newest && isFinal(newest.status)) return { over: true, records };
      }
      await qrs.clock.sleep(LOOK_AGAIN, qrs.signal);
      running = (await stillRunning(qrs, [session])).has(session);
    }
    return { over: false, records, why: 'it was asked to stop, but QRS did not say in time that it has' };
  } catch (error) {
    return { over: false, records, why: `it could not be stopped: ${messageOf(error)}` };
  }
}
