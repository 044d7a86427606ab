import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pictures } from '../shown/pictures.ts';
import type { Counters, RecordedRequest } from '../site/counters.ts';
import type { History } from '../site/history.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from '../verbs/answers.ts';
import { lengthRequired, Refusal, refused } from '../verbs/answers.ts';
import { bodyOf } from '../verbs/call.ts';
import type { Notifier } from '../verbs/notifier.ts';
import type { Outcome } from './apply-faults.ts';
import { answerWithFaults, pause } from './apply-faults.ts';
import type { Faults } from './faults.ts';
import { cutOf } from './faults.ts';
import { checkXrfkey, lacksLength, readQuery, userName, userOf } from './request.ts';
import { findRoute } from './routes.ts';
import { send } from './send.ts';

/** A request as the gate of a test sees it. */
export interface Visit extends RecordedRequest {
  /** The name by which the client calls the site, with the port. */
  readonly host: string;
  /** True until the answer is sent or the connection is cut. */
  open: boolean;
}

export interface Surroundings {
  readonly site: Site;
  readonly notifier: Notifier;
  readonly history: History;
  readonly pictures: Pictures;
  readonly counters: Counters;
  readonly faults: Faults;
  /** Each request waits for it before the site does its work: with it a test holds one client back. */
  readonly gate: (request: Visit) => Promise<void>;
  readonly print: (line: string) => void;
  /** Ends all waiting when the simulator stops. */
  readonly stopping: AbortSignal;
  /** Answers before the request is read: when the site boots, or does not trust the client. */
  readonly before: (request: IncomingMessage) => Outcome | undefined;
}

/** One request from its first byte to the last one of its answer. */
export async function serveRequest(request: IncomingMessage, response: ServerResponse, around: Surroundings) {
  const { site, counters, faults } = around;
  const { method = '', url = '' } = request;
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  const { host = '' } = request.headers;
  const user = userName(request, site);
  const recorded: Visit = { method, path, query, user, status: 0, at: Date.now(), host, open: true };
  counters.requests.push(recorded);
  response.once('close', () => {
    recorded.open = false;
  });
  await around.gate(recorded);

  const early = around.before(request);
  const mine = early ? [] : faults.take(method, path, query);
  const answer =
    early ?? (await answerWithFaults(mine, site, begin => work(request, path, query, around, begin)));
  await pause(mine, around.stopping);
  // The client has left: there is no socket any more.
  if (answer === 'hang up' || response.destroyed) {
    response.destroy();
    return;
  }
  recorded.status = answer.status;
  const sent = (bytes: number) => {
    counters.bytesSent += bytes;
  };
  const dated = { ...answer, headers: { Date: new Date(site.clock.now()).toUTCString(), ...answer.headers } };
  await send(response, dated, { announceLength: site.switches.exportLength, cut: cutOf(mine), sent });
}

async function work(
  request: IncomingMessage,
  path: string,
  query: string,
  around: Surroundings,
  begin: () => Promise<void>,
): Promise<Answer> {
  const { site, notifier, history, pictures, counters, print } = around;
  try {
    if (lacksLength(request)) return lengthRequired;
    checkXrfkey(request, path, query);
    const user = userOf(request, site);
    if (!user) throw new Refusal(403, 'Forbidden');
    const route = findRoute(request.method ?? '', path);
    if (!route) {
      print(`${request.method} ${path}: no matching endpoint`);
      throw new Refusal(404, 'No matching endpoint found');
    }
    const values = readQuery(query, site.switches);
    const body = route.streamed ? Buffer.alloc(0) : await bodyOf(request);
    if (!route.streamed) await begin();
    return await route.handler({
      site,
      notifier,
      history,
      pictures,
      counters,
      request,
      user,
      body,
      begin,
      segments: route.segments,
      query: values,
    });
  } catch (cause) {
    if (cause instanceof Refusal) return refused(cause);
    // A client that left in the middle of its upload gets no answer.
    if (!request.socket.destroyed) print(`${request.method} ${path}: ${String(cause)}`);
    return { status: 500, body: 'Internal Server Error' };
  }
}
