import type { Book } from './book.ts';
import { time } from './properties.ts';

/** All that happened to one entity, a line each, to see why a property was violated. */
export function timeline({ edits, calls, forged, disturbances, notified }: Book, id: string): string[] {
  const all = [
    ...edits
      .filter(one => one.id === id)
      .map(({ at, type, state, by, secret, site }) => {
        const posts = notified
          .filter(one => one.at === at)
          .map(one => `${one.subscription}${one.accepted ? '' : ' refused'}`);
        return {
          at,
          text: `${site} ${type} "${state}" by ${by}${secret ? ', secretly' : ''}; posted: ${[...new Set(posts)].join(', ')}`,
        };
      }),
    ...forged.filter(one => one.id === id).map(({ at }) => ({ at, text: 'a notification without a change' })),
    ...disturbances.flatMap(({ site, from, to }) => [
      { at: from, text: `${site}: out of reach until ${time(to)}` },
    ]),
    ...calls
      .filter(({ payload }) => payload.object.id === id)
      .map(({ at, payload, repository, answer, taken }) => {
        const { subscription, delivery, change, object } = payload;
        const shown = `${change} ${String(object.name)} ${JSON.stringify(object.tags)}`;
        const wire = typeof answer.wire === 'object' ? answer.wire.status : answer.wire;
        return {
          at,
          text: `  → ${subscription} to ${repository}: ${shown} as ${delivery.slice(0, 8)}: ${wire}${taken ? ', taken' : ''}`,
        };
      }),
  ];
  return all.sort((a, b) => a.at - b.at).map(({ at, text }) => `${time(at)} ${text}`);
}
