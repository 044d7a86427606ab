import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Counters } from '../site/counters.ts';
import type { Answer } from '../verbs/answers.ts';
import { answerWithFaults, pause } from '../wire/apply-faults.ts';
import type { Faults } from '../wire/faults.ts';
import { cutOf } from '../wire/faults.ts';
import { send } from '../wire/send.ts';
import { Moved } from './access.ts';
import { json, No, notFound, refused } from './answers.ts';
import type { Asked } from './asked.ts';
import { understand } from './asked.ts';
import type { Breaches } from './breaches.ts';
import type { Call } from './call.ts';
import type { Caller } from './callers.ts';
import { accountOf, callerOf, headersAbout } from './callers.ts';
import type { Description } from './description.ts';
import type { Dispatches } from './dispatches.ts';
import { checkDoor } from './door.ts';
import type { Hub } from './hub.ts';
import type { Limits } from './limits.ts';
import { handlers } from './routes.ts';

export interface Surroundings {
  readonly hub: Hub;
  readonly description: Description;
  readonly dispatches: Dispatches;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly faults: Faults<Hub>;
  readonly breaches: Breaches;
  readonly print: (line: string) => void;
  /** Ends all waiting when the stand-in stops. */
  readonly stopping: AbortSignal;
  readonly url: () => string;
}

/** The facts about a request, filled in while it is handled. */
interface Course {
  user: string;
  /** Call this when a write is over. */
  over: () => void;
}

/** One request from its first byte to the last one of its answer. */
export async function serveCall(request: IncomingMessage, response: ServerResponse, around: Surroundings) {
  const { hub, counters, faults } = around;
  const { method = '', url = '' } = request;
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  const recorded = { method, path, query, user: '', status: 0, at: hub.clock.now() };
  counters.requests.push(recorded);
  const text = await textOf(request).catch(() => undefined);
  // A client that left in the middle of its request gets no answer.
  if (text === undefined) return;
  const asked = understand(request, path, query, text, around);
  if (!asked.found) around.print(`${method} ${path}: not a call that the stand-in knows`);
  around.breaches.note('request', method, path, asked.problems);
  const mine = faults.take(method, path, query);
  const course: Course = { user: '', over: () => {} };
  const answer = await answerWithFaults(mine, hub, async () => answerTo(asked, around, course));
  recorded.user = course.user;
  await pause(mine, around.stopping);
  course.over();
  if (answer === 'hang up' || request.socket.destroyed) {
    request.socket.destroy();
    return;
  }
  recorded.status = answer.status;
  const date = { Date: new Date(hub.clock.now()).toUTCString() };
  const whole = { ...answer, headers: { ...date, ...answer.headers } };
  await send(response, whole, { announceLength: true, cut: cutOf(mine), sent: () => {} });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const bytes: AsyncIterable<Buffer> = request;
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answerTo(asked: Asked, around: Surroundings, course: Course): Answer {
  const { hub, limits, print, breaches } = around;
  const page = asked.found?.operation.documentation;
  let headers: Record<string, string> = {};
  try {
    checkDoor(asked.headers).enter();
    const caller = callerOf(hub, asked.headers.authorization);
    const account = accountOf(caller);
    course.user = caller.kind === 'token' ? caller.credential.login : account;
    const within = asked.found?.operation.id === 'rate-limit/get' || limits.count(account);
    headers = { ...headersAbout(caller), ...limits.headers(account) };
    if (!within) throw limits.exceeded(account);
    const answer = work(asked, caller, around, course);
    return { ...answer, headers: { ...headers, ...answer.headers } };
  } catch (cause) {
    if (cause instanceof Moved) {
      const moved = json(cause.status, { message: cause.message, url: cause.to, documentation_url: page });
      return { ...moved, headers: { ...headers, ...moved.headers, Location: cause.to } };
    }
    if (cause instanceof No) {
      const no = refused(cause, page);
      return { ...no, headers: { ...headers, ...no.headers } };
    }
    print(`${asked.method} ${asked.path}: ${String(cause)}`);
    breaches.note('answer', asked.method, asked.path, [String(cause)]);
    return { status: 500, body: '' };
  }
}

function work(asked: Asked, caller: Caller, around: Surroundings, course: Course): Answer {
  const { hub, description, dispatches, limits, breaches } = around;
  const { found, query, headers } = asked;
  const handler = found && handlers[found.operation.id];
  if (!found || !handler) throw notFound();
  // GitHub itself ignores some of these mistakes; a client should still not send them.
  if (asked.unfit.length > 0) throw new No(422, `Invalid request.\n\n${asked.unfit.join('\n')}`);
  const { operation, segments } = found;
  const call: Call = {
    ...{ hub, dispatches, limits, description, operation, caller, segments, query },
    ...{ base: asked.base, path: asked.path, body: asked.body },
    accept: headers.accept ?? '',
  };
  if (operation.method !== 'GET') course.over = limits.write(accountOf(caller));
  const answer = handler(call);
  breaches.noteAnswer(operation, asked.path, answer);
  return answer;
}
