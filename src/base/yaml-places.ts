import { isMap, isNode, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from 'yaml';

/** Where the keys and values of a text lie. Offsets into the text. */
export interface Places {
  /** Of the key or list entry that a path leads to, or of the nearest one above it that is there. */
  offsetOf(path: readonly PropertyKey[], key?: string): number;
  /** From where to where a key with its value, or a list entry, goes; undefined where the text does not have it. */
  rangeOf(path: readonly PropertyKey[], key?: string): [from: number, until: number] | undefined;
}

interface Step {
  /** The key of a mapping, or the entry of a list. */
  mark: unknown;
  value: unknown;
}

export function placesIn(root: ParsedNode | null): Places {
  // Found once for each mapping: thousands of problems may lie in one.
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
  /** As far as the path leads, and whether that is all the way. */
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
