import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { createPictures } from './shown/pictures.ts';
import type { Clock } from './site/clock.ts';
import { contentDigest } from './site/content.ts';
import { createCounters } from './site/counters.ts';
import type { SiteData } from './site/data.ts';
import { checkData } from './site/data.ts';
import { noId } from './site/entities.ts';
import { createHistory } from './site/history.ts';
import { createMoments } from './site/moments.ts';
import { setUp } from './site/setup.ts';
import { createSite } from './site/site.ts';
import type { SwitchesInput } from './site/switches.ts';
import { switchesSchema } from './site/switches.ts';
import { booting, Refusal, refused } from './verbs/answers.ts';
import { startRun } from './verbs/executions.ts';
import { exported } from './verbs/export.ts';
import { createNotifier } from './verbs/notifier.ts';
import { createFaults } from './wire/faults.ts';
import { keepReading } from './wire/keep-reading.ts';
import { createPort } from './wire/port.ts';
import type { Visit } from './wire/serve-request.ts';
import { serveRequest } from './wire/serve-request.ts';
import { siteCertificates } from './wire/tls.ts';

export interface SimulatorOptions {
  name: string;
  data?: SiteData;
  switches?: SwitchesInput;
  /** 0, the default: any free one. */
  port?: number;
  host?: string;
  /** Names and addresses in the server's certificate. */
  hostNames?: string[];
  print?: (line: string) => void;
  /** The clock of runs, switches and dates; by default the real time. */
  clock?: Clock;
  /** Each request waits for it before the site does its work: with it a test holds one client back. */
  gate?: (request: Visit) => Promise<void>;
}

export type Simulator = Awaited<ReturnType<typeof startSimulator>>;

/** Serves one site over mutual TLS until it is stopped. */
export async function startSimulator(options: SimulatorOptions) {
  const {
    name,
    host = '127.0.0.1',
    hostNames = ['localhost', '127.0.0.1', '::1'],
    print = () => {},
    gate = async () => {},
  } = options;
  const data = checkData(options.data);
  const switches = switchesSchema.parse({ ...data.switches, ...options.switches });
  const site = createSite(name, switches, options.clock);
  setUp(site, data);
  const notifier = createNotifier(site);
  site.onChange(notifier.notify);
  const history = createHistory(site);
  site.onChange(history.note);
  const pictures = createPictures(site);
  site.onChange(pictures.note);
  const moments = createMoments(site);
  site.onChange(moments.note);
  const counters = createCounters();
  const faults = createFaults();
  const stop = new AbortController();
  const { authority, client, server: own } = await siteCertificates(name, hostNames);
  let ready = 0;

  const boots = () => (site.clock.now() < ready ? booting : undefined);
  const trusted = (socket: Socket) => socket instanceof TLSSocket && socket.authorized;

  function before(request: IncomingMessage) {
    if (!trusted(request.socket)) {
      return site.switches.certificate === 'reset' ? 'hang up' : refused(new Refusal(403, 'Forbidden'));
    }
    return boots();
  }

  const around = {
    site,
    notifier,
    history,
    pictures,
    counters,
    faults,
    gate,
    print,
    stopping: stop.signal,
    before,
  };
  const server = createServer(
    {
      key: own.keyPem,
      cert: own.certificatePem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
      // QRS sets no total time for an export or upload of many gigabytes (docs/qrs.md 4.1).
      requestTimeout: 0,
      // By default Node closes an idle connection after five seconds. A slow client would lose its next request.
      keepAliveTimeout: 120_000,
    },
    (request, response) => void serveRequest(request, response, around),
  );
  keepReading(server);
  server.on('secureConnection', () => {
    counters.handshakes += 1;
  });
  const place = createPort(server, host);
  const port = await place.listen(options.port ?? 0);

  return {
    url: `https://localhost:${port}`,
    certificate: client.certificatePem,
    key: client.keyPem,
    ca: authority.certificatePem,
    user: 'INTERNAL\\sa_api',
    /** Signs the site's own certificate, and the client certificates that the site trusts. */
    authority,
    site,
    faults,
    counters,
    /** What users have seen so far. */
    moments,
    /** Takes a request that a proxy has let in; it already has the site's path and names its user. */
    admit(request: IncomingMessage, response: ServerResponse) {
      void serveRequest(request, response, { ...around, before: boots });
    },
    /** The sha256 of the file that an export of the whole app would send now. */
    async digest(appId: string) {
      const app = site.apps.get(appId);
      if (!app) throw new Error(`site ${name} has no app ${appId}`);
      return contentDigest(exported(site, app));
    },
    /**
     * Starts the task's next run as a schedule or another user would, even if the task already runs.
     * Returns the session's id, or the zero id if nothing started.
     */
    runTask(taskId: string, byUser = 'INTERNAL\\sa_scheduler'): string {
      const task = site.tasks.get(taskId);
      if (!task) throw new Error(`site ${name} has no task ${taskId}`);
      return startRun(site, task, byUser)?.id ?? noId;
    },
    /** Resolves when all notifications that are under way have been answered, or given up. */
    notified: notifier.idle,
    /** Restarts the repository service: open connections and all subscriptions are lost. */
    async restart() {
      const { refuse, notJson } = site.switches.boot;
      await place.close();
      notifier.wipe();
      if (refuse > 0) await wait(refuse, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      ready = site.clock.now() + notJson;
      await place.listen(port);
    },
    /** Refuses connections, or accepts and resets them, until `back`. Subscriptions and runs continue. */
    away: (how: 'refused' | 'reset' = 'refused') => place.away(how),
    back: () => place.back(),
    async stop() {
      stop.abort();
      await Promise.all([place.close(), notifier.stop()]);
      site.close();
    },
  };
}
