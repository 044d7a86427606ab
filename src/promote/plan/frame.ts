import { wantedTask } from '../reload-task/plan-reload-task.ts';
import type { AskedTask } from '../reload-task/planned-task.ts';
import { refuseMissing } from '../requires/refuse-missing.ts';
import type { TargetFacts } from '../survey/facts.ts';
import type { Wish } from '../survey/wish.ts';
import { type Attributes, planAttributes } from './attributes.ts';
import { pickStreams } from './pick-streams.ts';
import { type PlannedPlace, placeById } from './place.ts';
import type { PlannedStream } from './planned.ts';

/** The part of a plan for a target that is the same for all apps with one wish. */
export interface Frame {
  streams: readonly PlannedStream[];
  missing: readonly string[];
  /** The place of an app that the wish names by its id, instead of streams. */
  places?: readonly PlannedPlace[];
  attributes: Attributes;
  /** The reload task that the wish asks for. */
  task: AskedTask | undefined;
  refusals: readonly string[];
}

/** Finds the names of a wish on its site. Pure. */
function frameOf(wish: Wish, facts: TargetFacts): Frame {
  const { options, site, app } = wish;
  const picked =
    app === undefined
      ? pickStreams(wish, facts)
      : { ...placeById(wish, app, facts), streams: [], missing: [] };
  const { attributes, refusals } = planAttributes(options, facts, site.name);
  const task = options.reloadTask && wantedTask(options.reloadTask, facts, site);
  return {
    ...picked,
    attributes,
    task: task?.asked,
    refusals: [
      ...picked.refusals,
      ...refusals,
      ...refuseMissing(wish, facts.required),
      ...unknownCall(wish, facts),
      ...(task?.refusals ?? []),
    ],
  };
}

/** A site without the call that keeps data is found out before anything travels. */
function unknownCall({ site, options }: Wish, { keepsData }: TargetFacts): string[] {
  if (options.data !== 'target' || keepsData !== false) return [];
  return [
    `site "${site.name}" does not know the call that replaces an app and keeps its data, which "data: target" needs.`,
  ];
}

export type Frames = (wish: Wish, facts: TargetFacts) => Frame;

/** Makes the frame of each wish once: hundreds of apps may have one wish. */
export function framesByWish(): Frames {
  const known = new Map<Wish, Frame>();
  return (wish, facts) => {
    const frame = known.get(wish) ?? frameOf(wish, facts);
    known.set(wish, frame);
    return frame;
  };
}
