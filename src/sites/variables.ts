export type Environment = Readonly<Record<string, string | undefined>>;

/** What filling in variables came to. */
export interface Filled {
  value: unknown;
  /** Names of variables that are not set, or empty. */
  unset: ReadonlySet<string>;
}

/** Puts the environment variable NAME in the place of each `${NAME}`, in any string of a value. */
export function fillVariables(value: unknown, environment: Environment): Filled {
  const unset = new Set<string>();
  const fill = (item: unknown): unknown => {
    if (typeof item === 'string') {
      return item.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
        const found = environment[name];
        if (found === undefined || found === '') unset.add(name);
        return found ?? '';
      });
    }
    if (Array.isArray(item)) return item.map(fill);
    if (item === null || typeof item !== 'object') return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, fill(inner)]));
  };
  return { value: fill(value), unset };
}
