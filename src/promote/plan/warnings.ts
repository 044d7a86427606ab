import type { Tag } from '../../qrs/entities.ts';
import type { Site } from '../../sites/site.ts';
import type { Survey } from '../survey/facts.ts';
import type { AppPlan } from './planned.ts';

/** What the reader of the plan should know. Pure. */
export function planWarnings(survey: Survey, apps: readonly AppPlan[]): string[] {
  return [
    ...survey.gone,
    ...warnOfUnseenObjects(survey),
    ...warnOfSameSites(survey),
    ...warnOfTwinTags(survey),
    ...warnOfUnknownCall(survey),
    ...warnOfTwinTasks(apps),
  ];
}

/** Warns of a dry run that could not read the objects of apps. Pure. */
function warnOfUnseenObjects({ unseen, targets }: Survey): string[] {
  return [unseen, ...[...targets.values()].map(target => target.unseen)].flatMap(why =>
    why === undefined ? [] : [`${why} So the plan does not know what changes, and a run would stop there.`],
  );
}

/**
 * Warns of one site under two addresses, which would get every app twice. The central node tells it from a clone. Pure.
 */
function warnOfSameSites({ alike, nodes }: Survey): string[] {
  return alike.flatMap(([one, other]) => {
    const [node, twin] = [nodes.get(one), nodes.get(other)];
    const names = `Sites "${one.name}" and "${other.name}" have the very same app`;
    if (!node || !twin) return [`${names}. If they are one site under two addresses, describe it once.`];
    if (node.id !== twin.id || node.hostName.toLowerCase() !== twin.hostName.toLowerCase()) return [];
    return [`${names} and the same central node, ${node.hostName}: they are one site, so describe it once.`];
  });
}

/** Warns where a site does not say whether it knows the call that `data: target` needs. Pure. */
function warnOfUnknownCall({ apps, targets }: Survey): string[] {
  const wishes = apps.flatMap(one => one.wishes.wishes).filter(({ options }) => options.data === 'target');
  return [...new Set(wishes.map(({ site }) => site))].flatMap(site => {
    const facts = targets.get(site);
    if (!facts || facts.lost !== undefined || facts.keepsData !== undefined) return [];
    return [
      `Site "${site.name}" does not say whether it knows the call that "data: target" needs; if not, it refuses the ` +
        'replace, and nothing changes.',
    ];
  });
}

/** Warns of several tags of one name: the run takes the oldest. Pure. */
function warnOfTwinTags({ from, doneTags, targets }: Survey): string[] {
  return [twinTags(from, doneTags), ...[...targets].map(([site, { tags }]) => twinTags(site, tags))].flat();
}

function twinTags(site: Site, tags: readonly Tag[]): string[] {
  const counts = new Map<string, Tag[]>();
  for (const tag of tags) counts.set(tag.name, [...(counts.get(tag.name) ?? []), tag]);
  return [...counts].flatMap(([name, [first, ...others]]) =>
    first && others.length > 0
      ? [
          `Site "${site.name}" has ${others.length + 1} tags called "${name}"; the oldest (${first.id}) is taken.`,
        ]
      : [],
  );
}

/** Warns of apps with several tasks of the name of their reload task: one may have come late, after a lost answer. Pure. */
function warnOfTwinTasks(apps: readonly AppPlan[]): string[] {
  return apps.flatMap(({ targets }) =>
    targets.flatMap(({ site, name, reloadTask }) =>
      (reloadTask?.steps ?? []).flatMap(step =>
        step.do === 'make' || step.others.length === 0
          ? []
          : [
              `App "${name}" on site "${site.name}" has ${step.others.length + 1} tasks called "${step.name}"; the oldest ` +
                `(${step.task.id}) is taken. Remove the others in the QMC.`,
            ],
      ),
    ),
  );
}
