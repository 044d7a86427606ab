import type { Event } from './world.ts';

/** What starts a workflow, beside the relay. */

export function clock(): Event {
  return { name: 'schedule', payload: {} };
}

/** The same event with another payload, as somebody who may dispatch can make it. */
export function forged(event: Event, changes: Readonly<Record<string, unknown>>): Event {
  const { client_payload } = event.payload;
  return { ...event, payload: { ...event.payload, client_payload: { ...client_payload, ...changes } } };
}
