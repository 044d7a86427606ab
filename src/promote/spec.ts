import { readYaml, type YamlText } from '../base/yaml.ts';
import type { When } from '../when/when.ts';
import { DEFAULTS, type Options, optionsOver, type SetOptions, withRollback } from './options.ts';
import type { Selector } from './selector.ts';
import { type SpecSurroundings, specProblems } from './spec-problems.ts';
import { type SpecText, specShape, type TargetText } from './spec-shape.ts';

export type Mode = 'overwrite' | 'duplicate';

/** Who decides the targets of an app: its own custom properties, or the spec. */
export type Destination =
  | { by: 'properties'; server: string; stream: string; defaultSite: string | undefined; options: Options }
  | { by: 'list'; targets: readonly Target[] };

interface Target {
  site: string;
  /** Empty where the target names its app. */
  streams: readonly string[];
  /** The id of the one app to replace, wherever it is; undefined: the apps of the streams. */
  app: string | undefined;
  mode: Mode;
  options: Options;
}

/** What happens to the source app once all its targets are done. */
interface Done {
  tag: string | undefined;
  removeProperties: boolean;
  unpublish: boolean;
  /** Accept that unpublishing loses objects of other users, which no copy has. */
  loseOthers: boolean;
}

/** A promotion spec with its defaults filled in. */
export interface Spec {
  from: string | undefined;
  apps: readonly Selector[];
  when: When;
  to: Destination;
  onRefusal: 'stop' | 'skip';
  /** The folder for files of apps without data. */
  archive: string | undefined;
  done: Done;
  /** The largest file of an app whose size the site does not state, bytes; undefined: as much as fits on the disk. */
  maxSize: number | undefined;
  /** A working copy that no run has touched for so long is abandoned. Ms. */
  leftoverAge: number;
  /** How long to wait for an older run that promotes the same app to the same site. Ms. */
  waitForOthers: number;
  /** The most apps to move at a time. */
  concurrency: number;
}

/**
 * Reads a promotion spec. Throws InputError with every problem, each with line and column, including unknown sites and
 * a wrong event, as far as these are known.
 */
export function readSpec(yaml: YamlText, around: SpecSurroundings = {}): Spec {
  const given = readYaml(specShape, yaml, {
    showValues: true,
    check: value => specProblems(value, around),
  });
  const options = optionsOver(DEFAULTS, given);
  const to: Destination = Array.isArray(given.to)
    ? { by: 'list', targets: given.to.map(one => targetOf(one, options)) }
    : {
        by: 'properties',
        ...given.to.properties,
        defaultSite: given.to['default-site'],
        options: withRollback(options),
      };
  return {
    from: given.from,
    apps: given.apps === 'event' ? [{ by: 'event' }] : given.apps,
    when: given.when,
    to,
    onRefusal: given['on-refusal'],
    archive: given.archive,
    done: doneOf(given.done),
    maxSize: given['max-size'],
    leftoverAge: given['leftover-age'],
    waitForOthers: given['wait-for-others'],
    concurrency: given.concurrency,
  };
}

function doneOf({ tag, unpublish, ...rest }: SpecText['done']): Done {
  const loseOthers = typeof unpublish === 'object' && unpublish.others === 'lose';
  return { tag, removeProperties: rest['remove-properties'], unpublish: unpublish !== false, loseOthers };
}

function targetOf(given: TargetText, base: SetOptions): Target {
  const { site, streams = [], app, mode } = given;
  return { site, mode, app, streams: [...new Set(streams)], options: withRollback(optionsOver(base, given)) };
}
