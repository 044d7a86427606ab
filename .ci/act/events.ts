import type { Event } from './relayed.ts';

/** What starts a workflow, beside the relay. */

/** The button "Run workflow". GitHub hands over every input as text, a tick as "true" or "false". */
export function button(inputs: Readonly<Record<string, string>> = {}): Event {
  return { name: 'workflow_dispatch', payload: { inputs } };
}

export function clock(): Event {
  return { name: 'schedule', payload: {} };
}

/** The same event with another payload, as somebody who may dispatch can make it. */
export function forged(event: Event, changes: Readonly<Record<string, unknown>>): Event {
  const { client_payload } = event.payload;
  return { ...event, payload: { ...event.payload, client_payload: { ...client_payload, ...changes } } };
}

export function push(): Event {
  return { name: 'push', payload: { ref: 'refs/heads/main' } };
}

export function pullRequest(number: number, from: string): Event {
  const head = { ref: 'change', repo: { full_name: from } };
  return { name: 'pull_request', payload: { number, pull_request: { number, head, base: { ref: 'main' } } } };
}
