import { condensed, full } from '../shown/render.ts';
import type { EntityType } from '../site/entities.ts';
import type { ListType } from '../site/maps.ts';
import type { Answer } from '../verbs/answers.ts';
import type { Call } from '../verbs/call.ts';
import { countOf, listOf, one } from '../verbs/lists.ts';
import { needing } from '../verbs/needing.ts';
import { remove } from '../verbs/remove.ts';
import { table } from '../verbs/tables.ts';

type Handler = (call: Call) => Answer | Promise<Answer>;

export interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly handler: Handler;
  /** The handler reads the body itself, as it arrives. */
  readonly streamed?: true;
}

export const route = (method: string, pattern: string, handler: Handler): Route => ({
  method,
  pattern,
  handler,
});

export const pathOf = (type: ListType) => `/qrs/${type.toLowerCase().replace('.', '/')}`;

/** What can be read of every type. */
export const reads = (type: EntityType): Route[] => {
  const path = pathOf(type);
  return [
    route('GET', path, listOf(type, condensed)),
    route('GET', `${path}/full`, listOf(type, full)),
    route('GET', `${path}/count`, countOf(type)),
    route('POST', `${path}/table`, table(type)),
    route('GET', `${path}/{id}`, one(type)),
  ];
};

export const readsAndDelete = (type: EntityType): Route[] => [
  ...reads(type),
  route('DELETE', `${pathOf(type)}/{id}`, needing(type, 'delete', remove(type))),
];
