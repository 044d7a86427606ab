import type { AppFields } from '../../qrs/entities.ts';
import type { AppOutcome, StreamOutcome, TargetOutcome } from '../outcome.ts';
import type { AppPlan, Step } from '../plan/planned.ts';
import { moment } from './app-facts.ts';
import { missingStreams } from './remarks.ts';
import { appsCalled, type Sentence, together, withoutName } from './together.ts';
import { listed } from './words.ts';

/** A sentence for each refusal of an app. Pure. */
export function refusalsOf(apps: readonly AppPlan[]): string[] {
  const refused = apps.filter(({ verdict }) => verdict === 'refuse');
  return together(refused.flatMap(({ app, reasons }) => reasons.map(text => ({ app: app.name, text }))));
}

/**
 * A sentence for each failure: the cause, what users see now, and the working copy that may have stayed. A site that
 * does not answer is one failure for any number of apps. Pure.
 */
export function failuresOf(outcomes: readonly AppOutcome[], at: number): string[] {
  const missed = outcomes.flatMap(({ plan, targets }) =>
    targets.flatMap(target => (target.failure === undefined ? [] : [{ app: plan.app.name, target }])),
  );
  const away = awaySites(missed);
  const single = missed.filter(({ target }) => !away.has(target.away?.site ?? ''));
  const apps = outcomes.flatMap(({ plan, failure }) =>
    failure === undefined ? [] : [{ app: plan.app.name, text: failure }],
  );
  return [
    ...[...away].map(([site, all]) => awaySentence(site, all)),
    ...together([...single.map(missed => failureOf(missed, at)), ...apps]),
  ];
}

/** Notes and warnings for the reader. Pure. */
export function warningsOf(outcomes: readonly AppOutcome[]): string[] {
  return [...missingStreams(outcomes), ...together(outcomes.flatMap(notesOf))];
}

function notesOf({ plan, targets, notes }: AppOutcome): Sentence[] {
  const said = targets.flatMap(({ streams }) => streams.flatMap(({ note }) => note ?? []));
  // For a failed target, the failure says so.
  const left = targets.filter(({ failure }) => failure === undefined).flatMap(target => leftCopies(target));
  return [...left, ...said, ...notes].map(text => ({ app: plan.app.name, text }));
}

interface Missed {
  app: string;
  target: TargetOutcome;
}

/** Sites that did not answer calls for several apps. */
function awaySites(missed: readonly Missed[]): Map<string, Missed[]> {
  const away = new Map<string, Missed[]>();
  for (const one of missed) {
    const site = one.target.away?.site;
    if (site !== undefined) away.set(site, [...(away.get(site) ?? []), one]);
  }
  // One app with several targets there is named with its working copies.
  return new Map([...away].filter(([, all]) => new Set(all.map(({ app }) => app)).size > 1));
}

function awaySentence(site: string, all: readonly Missed[]): string {
  const apps = [...new Set(all.map(({ app }) => app))];
  const targets = [...new Set(all.map(({ target }) => target.plan.site.name))];
  const [first] = all;
  const copies = all.flatMap(({ target }) => target.left).length;
  const unclear = all.filter(({ target }) => target.streams.some(({ did }) => did === 'unclear')).length;
  return [
    `Site "${site}" is away: ${first?.target.away?.answer ?? 'it gave no answer'}.`,
    `What was planned on ${listed(targets)} for ${appsCalled(apps)} is not done, and users still see what they saw before.`,
    ...(unclear > 0 ? [`Of ${unclear} of them that is not known.`] : []),
    ...(copies > 0 ? [`Working copies that may have stayed: ${copies}; a later run removes them.`] : []),
  ].join(' ');
}

function failureOf({ app, target }: Missed, at: number): Sentence {
  const { failure = '', left, plan } = target;
  const stayed = left.length === 0 ? [] : [`Working copies may have stayed on ${plan.site.name}.`];
  return {
    app,
    text: [failure, ...usersSee(target, at), ...leftCopies(target)].join(' '),
    shared: [withoutName(failure, app), ...usersSee(target, undefined), ...stayed].join(' '),
  };
}

/** What users of a target see where the plan failed; without a date where the apps have several. */
function usersSee({ plan, streams }: TargetOutcome, at: number | undefined): string[] {
  const places = streams.flatMap((one, index) => {
    const sentence = seenIn(one, plan.steps[index], { site: plan.site.name, at });
    return sentence === undefined ? [] : [{ sentence, name: one.stream.name || 'the unpublished app' }];
  });
  return [...Map.groupBy(places, ({ sentence }) => sentence)].map(([sentence, alike]) =>
    sentence.replace('…', () => listed(alike.map(({ name }) => name))),
  );
}

/** The sentence with `…` for the streams of which it is true; undefined where the plan was carried out. */
function seenIn(
  { did, stream, absent }: StreamOutcome,
  step: Step | undefined,
  { site, at }: { site: string; at: number | undefined },
): string | undefined {
  if (did === 'unclear') return `Whether users of ${site} see the new version in … is not known.`;
  if (did !== 'not done' && did !== 'rolled back') return undefined;
  if (step?.do === 'publish') return `On ${site} the app is not in … yet.`;
  if (step?.do !== 'replace') return undefined;
  if (absent) return `On ${site} somebody has moved or deleted ${stream.name === '' ? '' : 'the app in '}….`;
  return `On ${site} users ${seeWords(did, versionOf(step.app, at))} in ….`;
}

/** Until the rollback, users saw the new version. */
function seeWords(did: 'not done' | 'rolled back', version: string): string {
  return did === 'rolled back' ? `see ${version} again` : `still see ${version}`;
}

function versionOf({ modifiedDate }: AppFields, at: number | undefined): string {
  return at === undefined
    ? 'the old version'
    : `the version of ${moment(modifiedDate, { at, zone: ' UTC' })}`;
}

function leftCopies({ plan, left }: TargetOutcome): string[] {
  return left.map(({ id, name, certain }) => {
    const copy = `A working copy ${certain ? 'stayed' : 'may have stayed'} on ${plan.site.name}`;
    return `${copy}, called "${name}"${id ? ` (${id})` : ''}; a later run removes it once it shows no sign of life.`;
  });
}
