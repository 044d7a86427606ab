import * as z from 'zod';
import { abortedAfter } from '../base/deadline.ts';
import type { RemoteError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Patience, retry } from '../base/retry.ts';
import { shown } from '../base/waiting.ts';
import type { Site } from '../sites/site.ts';
import { parse } from './answer.ts';
import { contentOf, type Download, lengthOf, refuseNoFile } from './download.ts';
import { LIMITS, type Limits } from './limits.ts';
import { type CallSettings, doing, makeCall, type Wire } from './make-call.ts';
import { openConnections } from './open-connections.ts';
import type { Call, Upload } from './request.ts';
import { sessionOf } from './session/session.ts';
import { type Listed, listIn, type Shaped, shapeIn, unusable } from './shape.ts';

/** A site's QRS. Every method throws RemoteError when the site refuses or does not answer, StoppedError on abort. */
export interface Qrs extends Patience {
  site: Site;
  log: Log;
  /**
   * Makes a call whose answer is JSON of this shape. A read is tried again, a change is not; for a read, the third
   * answer of another shape is final.
   */
  json<T>(schema: z.ZodType<T>, call: Call | Upload): Promise<T>;
  /** The same for a list of entities of this shape. */
  list<T>(schema: z.ZodType<T>, call: Call): Promise<Listed<T>>;
  /** Makes a call whose answer is not needed. */
  send(call: Call): Promise<void>;
  /**
   * Starts a download from the site. Its content throws RemoteError when it breaks off, is too slow, or has more than
   * `most` bytes where the site does not announce their number.
   */
  download(call: Call, most: number): Promise<Download>;
  /** The same connections under another signal that ends all calls at once: for clean-up after a cancellation. */
  under(signal: AbortSignal): Qrs;
  /** How far the site's clock is ahead of ours, ms, accurate to a second; undefined before the first answer. */
  ahead(): number | undefined;
  /** Closes the connections, and ends the session, which may take two seconds. */
  close(): Promise<void>;
}

export interface ConnectOptions extends Patience {
  log: Log;
  /** Instead of the usual limits. */
  limits?: Partial<Limits>;
  /** How many calls may be under way beside the transfers; default: as many as transfers, and two. */
  calls?: number;
}

/** The time in which a change may still end after a cancellation, so that its outcome is known. Ms. */
const GRACE = 3_000;
/** A site that is starting may give answers of the wrong shape; these get fewer tries than a missing answer. */
const SHAPE_TRIES = 3;

/** Connects to a site; sends nothing before the first call. Throws InputError for unusable credentials. */
export function connect(site: Site, options: ConnectOptions): Qrs {
  const manner = { ...options, limits: { ...LIMITS, ...options.limits } };
  // A transfer keeps a connection busy; no call may have to wait for its end.
  const connections = site.concurrency + (options.calls ?? site.concurrency + 2);
  const pool = openConnections(site, new URL(site.url).origin, connections, warnOfEnd(site, options));
  const late = abortedAfter(options.signal, GRACE);
  const wire: Wire = {
    pool,
    site,
    session: sessionOf(site, pool, manner),
    ahead: undefined,
    late: signal => (signal === options.signal ? late : signal),
  };
  return bind(wire, manner);
}

/** Warns, once, when the certificate of a site's server ends soon. */
function warnOfEnd({ name }: Site, { clock, log }: ConnectOptions): (until: number) => void {
  let warned = false;
  return until => {
    const days = Math.floor((until - clock.now()) / 86_400_000);
    if (warned || days >= 30) return;
    warned = true;
    const day = new Date(until).toISOString().slice(0, 10);
    log.warning(
      `Site "${name}": the server's certificate expires on ${day}, in ${days} days. Renew it in the QMC.`,
    );
  };
}

function bind(wire: Wire, manner: CallSettings): Qrs {
  const { clock, signal, log } = manner;
  return {
    site: wire.site,
    clock,
    signal,
    log,
    json: (schema, call) => readJson(wire, manner, call, json => shapeIn(schema, json)),
    list: (schema, call) => readJson(wire, manner, call, json => listIn(schema, json)),
    send: async call => {
      await readJson(wire, manner, call, json => shapeIn(z.unknown(), json));
    },
    download: (call, most) =>
      makeCall(wire, call, manner, async ({ answer, time }) => {
        await refuseNoFile(wire.site, call, answer);
        return {
          content: shown(
            log,
            contentOf({ site: wire.site, call, answer, time, most, limits: manner.limits }),
            {
              clock,
              what: doing(wire.site, call),
              total: lengthOf(answer),
            },
          ),
          length: lengthOf(answer),
        };
      }),
    under: other => bind(wire, { ...manner, signal: other }),
    ahead: () => wire.ahead,
    close: async () => {
      await wire.session.leave();
      await wire.pool.destroy();
    },
  };
}

function readJson<T>(
  wire: Wire,
  manner: CallSettings,
  call: Call | Upload,
  read: (json: Buffer) => Shaped<T>,
): Promise<T> {
  const odd: RemoteError[] = [];
  let left = manner.limits[call.time ?? 'call'];
  const once = async () => {
    const began = performance.now();
    try {
      return await makeCall(wire, call, manner, async ({ answer, clean, time }) => {
        const said = await parse(wire.site, call, answer, { clean, most: manner.limits.json, read });
        time.release();
        if ('data' in said) return said.data;
        odd.push(unusable(wire.site.name, call.attempt, said.problem, odd.length + 1 >= SHAPE_TRIES));
        throw odd.at(-1);
      });
    } finally {
      left -= performance.now() - began;
    }
  };
  if (call.method !== 'GET') return once();
  // The call's time limit is for all tries together.
  return retry(manner, error => left > 0 && (!call.once || odd.at(-1) === error), once);
}
