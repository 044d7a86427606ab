import { isMap, isNode, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from 'yaml';

/** Finds keys and values in a text. Results are offsets into the text. */
export interface Places {
  /** The offset of the key or list entry at a path, or of the nearest existing one above it. */
  offsetOf(path: readonly PropertyKey[], key?: string): number;
  /** The range of a key with its value, or of a list entry; undefined where the text does not have it. */
  rangeOf(path: readonly PropertyKey[], key?: string): [from: number, until: number] | undefined;
}

interface Step {
  /** The key of a mapping, or the entry of a list. */
  mark: unknown;
  value: unknown;
}

export function placesIn(root: ParsedNode | null): Places {
  // Cached for each mapping: one may have thousands of problems.
  const known = new WeakMap<YAMLMap, Map<string, Pair>>();
  const pairsOf = (mapping: YAMLMap): Map<string, Pair> => {
    const pairs = known.get(mapping) ?? pairsByKey(mapping);
    known.set(mapping, pairs);
    return pairs;
  };
  const stepInto = (node: unknown, key: PropertyKey): Step | undefined => {
    if (isMap(node)) {
      const pair = pairsOf(node).get(String(key));
      return pair && { mark: pair.key, value: pair.value };
    }
    const entry = isSeq(node) ? node.items[Number(key)] : undefined;
    return entry === undefined ? undefined : { mark: entry, value: entry };
  };
  /** The deepest existing node on the path, and whether it is the end of the path. */
  const follow = (path: readonly PropertyKey[]) => {
    let last: Step = { mark: root, value: root };
    for (const key of path) {
      const next = stepInto(last.value, key);
      if (!next) return { last, arrived: false };
      last = next;
    }
    return { last, arrived: true };
  };
  const whole = (path: readonly PropertyKey[], key?: string) => (key === undefined ? path : [...path, key]);
  return {
    offsetOf: (path, key) => rangeOf(follow(whole(path, key)).last.mark)?.[0] ?? 0,
    rangeOf: (path, key) => {
      const { last, arrived } = follow(whole(path, key));
      const mark = rangeOf(last.mark);
      return arrived && mark ? [mark[0], rangeOf(last.value)?.[1] ?? mark[1]] : undefined;
    },
  };
}

function pairsByKey({ items }: YAMLMap): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const pair of items) {
    const { key } = pair;
    if (isScalar(key) && !pairs.has(String(key.value))) pairs.set(String(key.value), pair);
  }
  return pairs;
}

function rangeOf(node: unknown) {
  return isNode(node) ? node.range : undefined;
}
