import type { Found } from '../base/yaml-problems.ts';

type Keys = Readonly<Record<string, unknown>>;

/** Finds what contradicts `data: target`, and what it needs. `keys` are those of one target. Pure. */
export function targetDataProblems(
  { path, keys }: { path: readonly PropertyKey[]; keys: Keys },
  spec: Keys,
): Found[] {
  const option = (name: string) => keys[name] ?? spec[name];
  if (option('data') !== 'target') return [];
  const problem = (key: string, text: string): Found => ({
    path: keys[key] === undefined ? (spec[key] === undefined ? at('data') : [key]) : [...path, key],
    text,
  });
  const at = (key: string) => (key in keys ? [...path, key] : [key]);
  const found: Found[] = [];
  if (spec.experimental !== true) {
    const why =
      'rests on a call that Qlik marks as experimental: whether users see it in one step is not proven.';
    found.push(problem('data', `"data: target" ${why} Say "experimental: true" if you accept that.`));
  }
  if (option('backup') === undefined) {
    const what =
      'needs "backup": a folder for what is about to be replaced. Say "backup: none" to do without.';
    found.push(problem('data', `"data: target" ${what}`));
  }
  const against: [string, unknown, string][] = [
    ['mode', 'duplicate', 'A new app has no data of its own. Leave out one of them.'],
    [
      'reload',
      'before',
      'The working copy has no data and never goes live. Say "reload: after", or leave it out.',
    ],
    [
      'connections',
      'drop',
      'The call of QRS that keeps the data takes the connections of the file. Leave out one of them.',
    ],
  ];
  for (const [key, value, why] of against) {
    if (option(key) === value)
      found.push(problem(key, `"data: target" and "${key}: ${String(value)}" contradict each other. ${why}`));
  }
  return found;
}
