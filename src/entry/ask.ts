import type { Gathering } from '../base/gather.ts';
import type { YamlText } from '../base/yaml.ts';
import { refuseStrangers } from '../check/check.ts';
import type { EventApp } from '../promote/event-app.ts';
import type { Selector } from '../promote/selector.ts';
import { readSpec, type Spec } from '../promote/spec.ts';
import { type ReloadRequest, readRequest } from '../reload/request.ts';
import type { Named } from '../sites/names.ts';
import type { Given } from './given.ts';
import { textOrFile } from './text-or-file.ts';

/** What the user asked for. With a check, the spec or request is checked and not run. */
export type Ask =
  | { do: 'promote'; spec: Spec; event: EventApp | undefined }
  | { do: 'reload'; request: ReloadRequest }
  | {
      do: 'check';
      /** Names of sites; all sites where none is named. */
      sites: readonly string[];
      spec: Spec | undefined;
      event: EventApp | undefined;
      request: ReloadRequest | undefined;
      /** The stream in which the check may make changes. */
      write: string | undefined;
    };

/** What a spec or a request refers to. */
export interface References {
  /** All described sites; undefined where the text of the sites cannot be read. */
  sites: readonly Named[] | undefined;
  /** Reads the app of the event that started the run. Called only for a spec that promotes it. Throws InputError. */
  event?: (() => EventApp | undefined) | undefined;
  /** Promotes this app instead of the spec's apps. */
  app?: Selector | undefined;
}

/** Reads what the user asks for, with its texts. Collects all problems; undefined where nothing is left to do. */
export function readAsk(
  given: Given,
  references: References,
  gathered: Gathering,
): { ask: Ask | undefined; texts: readonly YamlText[] } {
  const [promote, reload] = (['promote', 'reload'] as const).map(name => textOf(given, name, gathered));
  const isCheck = given.value('check') !== '';
  refuseMisfits(given, gathered);
  const { sites, app } = references;
  // The check itself says what it cannot try without an event.
  const event = app || isCheck ? undefined : references.event;
  const written = gathered.try(() => promote && readSpec(promote, { sites, event }));
  const spec = written && app ? { ...written, apps: [app] } : written;
  const request = gathered.try(() => reload && readRequest(reload, sites));
  const texts = [promote, reload].filter(text => text !== undefined);
  if (isCheck) return { ask: checkOf(given, { spec, request }, references, gathered), texts };
  if (spec) return { ask: { do: 'promote', spec, event: eventFor(spec, references, gathered) }, texts };
  return { ask: request && { do: 'reload', request }, texts };
}

function textOf(given: Given, name: 'promote' | 'reload', gathered: Gathering): YamlText | undefined {
  const value = given.value(name);
  return value === '' ? undefined : gathered.try(() => textOrFile(given.called(name), value));
}

function refuseMisfits(given: Given, gathered: Gathering): void {
  if (given.value('check') !== '') return;
  if (given.value('check-write') !== '') {
    gathered.add(`${given.called('check-write')} needs "check" beside it: nothing else tries changes.`);
  }
  const both = given.value('promote') !== '' && given.value('reload') !== '';
  const none = given.value('promote') === '' && given.value('reload') === '';
  if (!both && !none) return;
  gathered.add(
    `${both ? 'Both of the inputs "promote" and "reload" are' : 'None of the inputs "promote", "reload" and "check" is'} ` +
      'given: give a promotion spec or a reload request, as YAML or as the path of a file, or check: all.',
  );
}

function checkOf(
  given: Given,
  asked: { spec: Spec | undefined; request: ReloadRequest | undefined },
  references: References,
  gathered: Gathering,
): Ask {
  const names = namesIn(given.value('check'));
  const { sites } = references;
  if (sites) gathered.try(() => refuseStrangers(names, sites));
  const event = asked.spec && eventFor(asked.spec, references, gathered);
  return { do: 'check', sites: names, ...asked, event, write: given.value('check-write') || undefined };
}

function eventFor({ apps }: Spec, { event }: References, gathered: Gathering): EventApp | undefined {
  return apps.some(({ by }) => by === 'event') ? gathered.try(() => event?.()) : undefined;
}

/** Names of sites, which may contain blanks; none means all. */
function namesIn(check: string): string[] {
  const names = check
    .split(/[,\n]/)
    .map(name => name.trim())
    .filter(name => name !== '');
  return names.length === 1 && names[0]?.toLowerCase() === 'all' ? [] : names;
}
