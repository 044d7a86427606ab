import type { AppObject } from '../../qrs/apps/objects.ts';
import type { Tag } from '../../qrs/entities.ts';
import type { Site } from '../../sites/site.ts';
import type { Spec } from '../spec.ts';
import type { SurveyedApp } from '../survey/facts.ts';
import { isPublic, showsScript } from '../version.ts';
import type { DonePlan } from './planned.ts';

/**
 * Plans what happens to the source app after its targets; nothing without an app. The promotion properties are those
 * that the spec reads for targets and conditions. Pure.
 */
export function planDone(
  { done, to, when }: Spec,
  known: Tag | undefined,
  one: SurveyedApp | undefined,
): DonePlan {
  if (!one) return { tag: undefined, properties: [], unpublish: false, loseOthers: false };
  const { app } = one;
  const read = [...(to.by === 'properties' ? [to.server, to.stream] : []), ...Object.keys(when.properties)];
  const has = (name: string) => app.customProperties.some(row => row.definition.name === name);
  return {
    tag: done.tag === undefined ? undefined : { name: done.tag, id: known?.id },
    properties: done.removeProperties ? [...new Set(read)].filter(has) : [],
    unpublish: done.unpublish,
    loseOthers: done.loseOthers,
    ...(done.unpublish && done.loseOthers ? { loses: lossOf(one) } : {}),
  };
}

/** An app can leave its stream only as a copy, and a copy lacks the sheets that other users made. Pure. */
export function refuseUnpublish({ done }: Spec, { app, objects = [] }: SurveyedApp, site: Site): string[] {
  if (!done.unpublish) return [];
  if (!app.published || !app.owner)
    return ['it is not published, so it cannot be unpublished ("done.unpublish").'];
  if (done.loseOthers) return [];
  const anyway = 'say "unpublish: { others: lose }" to unpublish it all the same.';
  if (!showsScript(objects)) {
    return [
      `site "${site.name}" does not show ${site.user} what it is made of, so whether other users have sheets in it is ` +
        `not known; ${anyway}`,
    ];
  }
  const others = othersObjects(objects);
  if (others.length === 0) return [];
  return [
    `users have ${others.length} objects of their own in it (${ownersOf(others)}), which are lost when it is unpublished; ${anyway}`,
  ];
}

/** What users lose when the app is unpublished all the same, in a phrase; undefined where they lose nothing. */
function lossOf({ objects = [] }: SurveyedApp): string | undefined {
  if (!showsScript(objects)) return 'what users have in it is lost, and not shown';
  const others = othersObjects(objects);
  if (others.length === 0) return undefined;
  const what =
    others.length === 1 ? '1 object of users is lost' : `${others.length} objects of users are lost`;
  return `${what} (${ownersOf(others)})`;
}

/** The most owners to name. */
const NAMED = 10;

function ownersOf(objects: readonly AppObject[]): string {
  const owners = [...new Set(objects.map(ownerOf))];
  const more = owners.length > NAMED ? [`and ${owners.length - NAMED} more`] : [];
  return [...owners.slice(0, NAMED), ...more].join(', ');
}

/** Objects of a published app that belong to single users: another user's copy may lack them. Pure. */
export function othersObjects(objects: readonly AppObject[]): AppObject[] {
  return objects.filter(object => !isPublic(object));
}

function ownerOf({ owner }: AppObject): string {
  return owner ? `${owner.userDirectory}\\${owner.userId}` : 'an unknown user';
}
