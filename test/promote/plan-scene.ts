import { plan } from '../../src/promote/plan/plan.ts';
import { NO_RELOAD_TASKS } from '../../src/promote/reload-task/reload-task-facts.ts';
import { readSpec, type Spec } from '../../src/promote/spec.ts';
import { stamp } from '../../src/promote/stamp.ts';
import {
  liveByName,
  type Survey,
  type SurveyedApp,
  type TargetFacts,
} from '../../src/promote/survey/facts.ts';
import { NO_NAMES } from '../../src/promote/survey/survey-names.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { App, Stream } from '../../src/qrs/entities.ts';
import { DATE, plainApp } from '../plain-app.ts';
import { plainSite } from '../plain-site.ts';

/** Facts that a survey may find, and the plan for them. */

export const [dev, target, prod] = [plainSite('dev'), plainSite('test'), plainSite('prod')];
export const SITES = [dev, target, prod];
/** The same site under another name. */
export const twin = { ...target, name: 'twin' };
export const LATER = '2026-11-22T11:00:00.000Z';
export const id = (number: number) => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
const everyone: Stream = { id: id(90), name: 'Everyone' };
const review: Stream = { id: id(91), name: 'Review' };
export const TAG = { id: id(92), name: 'Promoted' };

export const app = (number: number, more: Partial<App> = {}): App =>
  plainApp({ id: id(number), name: 'Sales', ...more });
export const live = (number: number, more: Partial<App> = {}) =>
  app(number, { published: true, stream: everyone, ...more });
/** As a run left it that brought this version of app 1. */
export const promoted = (number: number, modified = DATE, more: Partial<App> = {}) =>
  live(number, {
    description: stamp('', { site: 'dev', app: id(1), modified, data: true, ...more }, 'run 1'),
    ...more,
  });

export const facts = (apps: readonly App[], more: Partial<TargetFacts> = {}): TargetFacts => ({
  ...NO_NAMES,
  lost: undefined,
  odd: [],
  streams: new Map([everyone, review].map(stream => [stream.name, [stream]])),
  live: liveByName(apps),
  byId: new Map(),
  objects: new Map(),
  tasks: [],
  mayMakeTasks: undefined,
  keepsData: undefined,
  unseen: undefined,
  reloadTasks: NO_RELOAD_TASKS,
  copies: { removable: [], held: [] },
  ...more,
});

export const specOf = (text: string): Spec =>
  readSpec({ from: 'promote', text: `from: dev\napps: [{ filter: all }]\n${text}` });
export const TO_TEST = 'to: [{ site: test, streams: [Everyone] }]';

export function surveyOf(
  spec: Spec,
  apps: readonly Partial<SurveyedApp>[],
  more: Partial<Survey> = {},
): Survey {
  return {
    from: dev,
    sites: SITES,
    at: 0,
    unusable: new Map(),
    unseen: undefined,
    compares: false,
    apps: apps.map((one, index) => {
      const source = one.app ?? app(index + 1);
      return {
        app: source,
        file: undefined,
        unmet: [],
        tagged: false,
        wishes: wishesOf(source, spec.to, SITES),
        origin: { site: 'dev', app: source.id, modified: source.modifiedDate, data: true },
        objects: undefined,
        ...one,
      };
    }),
    missing: [],
    gone: [],
    doneTags: [TAG],
    targets: new Map([
      [target, facts([])],
      [prod, facts([])],
    ]),
    alike: [],
    nodes: new Map(),
    copies: new Map(),
    ...more,
  };
}

/** The verdict on the only app, what happens in each stream, and why not. */
export function planned(
  text: string,
  there: readonly App[] = [],
  one: Partial<SurveyedApp> = {},
  more: Partial<TargetFacts> = {},
) {
  const spec = specOf(text);
  const made = plan(spec, surveyOf(spec, [one], { targets: new Map([[target, facts(there, more)]]) }));
  const [first] = made.apps;
  const steps = first?.targets.flatMap(all =>
    all.steps.map(
      step => `${step.do} ${step.stream.name}${'app' in step ? ` ${Number(step.app.id.slice(0, 8))}` : ''}`,
    ),
  );
  return { verdict: first?.verdict, steps, reasons: first?.reasons ?? [], made, spec };
}
