import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Clock } from '../site/clock.ts';
import { realClock } from '../site/clock.ts';
import { createCounters } from '../site/counters.ts';
import { createFaults } from '../wire/faults.ts';
import { createPort } from '../wire/port.ts';
import type { Authority } from '../wire/tls.ts';
import { createBreaches } from './breaches.ts';
import type { GitHubData } from './data.ts';
import { checkData } from './data.ts';
import { readDescription } from './description.ts';
import { createDispatches } from './dispatches.ts';
import type { Hub } from './hub.ts';
import { createHub, rename } from './hub.ts';
import { createLimits } from './limits.ts';
import { serveCall } from './serve-call.ts';
import type { SwitchesInput } from './switches.ts';
import { switchesSchema } from './switches.ts';

export interface GitHubOptions extends GitHubData {
  switches?: SwitchesInput;
  /** 0, the default: any free one. */
  port?: number;
  host?: string;
  /** Serves TLS with a certificate of that authority, like a GitHub Enterprise Server with its own authority. */
  tls?: { authority: Authority; hostNames?: string[] };
  /** The clock of limits, tokens and dates; by default the real time. */
  clock?: Clock;
  print?: (line: string) => void;
}

export type GitHub = Awaited<ReturnType<typeof startGitHub>>;

/**
 * Serves as much of GitHub's REST API as a sender of dispatches needs, under `/` and under `/api/v3`, until it
 * is stopped.
 *
 * ```ts
 * const github = await startGitHub({
 *   repositories: [{ name: 'acme/events', files: { '.github/workflows/promote.yml': text } }],
 *   tokens: [{ token: 'github_pat_1', kind: 'fine-grained', repositories: ['acme/events'],
 *              permissions: { contents: 'write' } }],
 *   apps: [{ id: 7, publicKeys: [pem], installations: [{ id: 70, account: 'acme' }] }],
 * });
 * github.faults.add({ method: 'POST', path: /\/dispatches$/, fault: trouble.lostAnswer });
 * await github.dispatched(1); // [{ at, repository, event_type, client_payload, credential, runs }]
 * assert.deepEqual(github.breaches, []); // everything that was sent fits GitHub's own description
 * ```
 */
export async function startGitHub(options: GitHubOptions) {
  const { switches, port, host = '127.0.0.1', tls, clock = realClock, print = () => {}, ...data } = options;
  const hub = createHub(checkData(data), switchesSchema.parse(switches ?? {}), clock);
  const description = readDescription();
  const dispatches = createDispatches(hub);
  const limits = createLimits(hub);
  const counters = createCounters();
  const faults = createFaults<Hub>();
  const breaches = createBreaches(description);
  const stopping = new AbortController();
  let url = '';

  const parts = { hub, description, dispatches, limits, counters, faults, breaches, print };
  const around = { ...parts, stopping: stopping.signal, url: () => url };
  const listener: RequestListener = (request, response) => void serveCall(request, response, around);
  const server = tls ? createSecureServer(await certificate(tls), listener) : createServer(listener);
  server.on(tls ? 'secureConnection' : 'connection', () => {
    counters.handshakes += 1;
  });
  const place = createPort(server, host);
  url = `${tls ? 'https' : 'http'}://localhost:${await place.listen(port ?? 0)}`;

  return {
    /** The address of the API on github.com; GitHub Enterprise Server has it at `${url}/api/v3`. */
    url,
    /** Repositories, tokens and Apps as they are now; what is not readonly in them may be changed. */
    hub,
    /** A test may change these at any time. */
    switches: hub.switches,
    /** The accepted dispatches in order, whether or not their senders received the answer. */
    dispatches: dispatches.taken,
    /** The runs that dispatches started; a dispatch sent twice starts its runs twice. */
    runs: dispatches.runs,
    /** Requests and answers that GitHub's own description does not allow. A good client leaves none. */
    breaches: breaches.found,
    counters,
    faults,
    onDispatch: dispatches.onDispatch,
    dispatched: dispatches.until,
    rename: (from: string, to: string) => rename(hub, from, to),
    /** Refuses connections, or accepts and resets them, until `back`. */
    away: (how: 'refused' | 'reset' = 'refused') => place.away(how),
    /** Accepts connections again, at the same port. */
    back: () => place.back(),
    async stop() {
      stopping.abort();
      await place.close();
    },
  };
}

async function certificate({
  authority,
  hostNames = ['localhost', '127.0.0.1', '::1'],
}: NonNullable<GitHubOptions['tls']>) {
  const { certificatePem, keyPem } = await authority.issueServer({ hostNames });
  return { cert: certificatePem, key: keyPem };
}
