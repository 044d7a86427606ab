import { nearest } from '../base/nearest.ts';
import type { Found } from '../base/yaml-problems.ts';

type Keys = Readonly<Record<string, unknown>>;

/** The keys of one target, and where they stand; without keys where apps name their targets. */
interface TargetKeys {
  path: readonly PropertyKey[];
  keys: Keys;
}

/** Keys that say where an app goes, or what it is called there. A target with an app's id replaces that app as it is. */
const BESIDE_APP: Readonly<Record<string, string>> = {
  streams: 'The app is replaced in the stream that it is in. Leave out "streams", or leave out "app".',
  name: 'The app keeps the name that it has. Leave out "name", or give it to another target.',
  'missing-stream': 'The app is replaced in the stream that it is in. Leave out "missing-stream".',
};

/** Finds what contradicts a target that names its app by an id, and a target that names neither app nor streams. Pure. */
export function targetProblems({ path, keys }: TargetKeys, spec: Keys): Found[] {
  if (path.length === 0) return [];
  if (keys.app === undefined) return lacksStreams({ path, keys });
  const beside = Object.entries(BESIDE_APP).flatMap(([key, why]) => {
    const at = whereSaid(key, { path, keys }, spec);
    return at ? [{ path: at, text: `"${key}" and "app" contradict each other. ${why}` }] : [];
  });
  return [...beside, ...duplicates({ path, keys }), ...severalApps(path, spec)];
}

function lacksStreams({ path, keys }: TargetKeys): Found[] {
  const names = Object.keys(keys);
  // No mapping, or a misspelt key, which the schema reports.
  if (names.length === 0 || names.some(name => name === 'streams' || nearest(name, ['streams']))) return [];
  const target = typeof keys.site === 'string' ? `site "${keys.site}"` : 'a target';
  return [{ path, text: `to: ${target}: streams is missing, or app: the id of the one app to replace.` }];
}

/** A name for the whole spec counts here too. */
function whereSaid(key: string, { path, keys }: TargetKeys, spec: Keys): readonly PropertyKey[] | undefined {
  if (keys[key] !== undefined) return [...path, key];
  return key === 'name' && spec.name !== undefined ? [key] : undefined;
}

function duplicates({ path, keys }: TargetKeys): Found[] {
  if (keys.mode !== 'duplicate') return [];
  const why = 'A duplicate replaces no app. Leave out one of them.';
  return [{ path: [...path, 'mode'], text: `"mode: duplicate" and "app" contradict each other. ${why}` }];
}

function severalApps(path: readonly PropertyKey[], { apps }: Keys): Found[] {
  const several =
    Array.isArray(apps) && (apps.length > 1 || apps.some(one => Object(one).filter !== undefined));
  if (!several) return [];
  const text =
    '"app" would be replaced by several apps in turn; promote one app, or give "streams" in its place.';
  return [{ path: [...path, 'app'], text }];
}
