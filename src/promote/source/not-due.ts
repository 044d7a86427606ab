import type { App } from '../../qrs/entities.ts';
import type { AppOutcome } from '../outcome.ts';
import type { AppPlan } from '../plan/planned.ts';

/** The targets have the planned version; the next run promotes the current one. */
export function notDue(outcome: AppOutcome): AppOutcome {
  const { tag, properties, unpublish } = outcome.plan.done;
  const kept = [
    ...(tag ? [`not tagged "${tag.name}"`] : []),
    ...properties.map(name => `property ${name} not removed`),
    ...(unpublish ? ['not unpublished'] : []),
  ];
  const note = `${kept.join(', ')}, as the app has changed since; the next run promotes the new version.`;
  return { ...outcome, tag: tag ? 'not due' : 'none', changedSince: true, notes: [...outcome.notes, note] };
}

/** An app's properties without the rows on which the plan is based: newer requests stay. Pure. */
export function withoutSurveyed({ app, done: { properties } }: AppPlan, now: App): App['customProperties'] {
  const key = ({ definition, value }: App['customProperties'][number]) =>
    JSON.stringify([definition.name, value]);
  const surveyed = app.customProperties.filter(({ definition }) => properties.includes(definition.name));
  const going = new Set(surveyed.map(key));
  return now.customProperties.filter(row => !going.has(key(row)));
}
