/** A list whose items may be made as they are read; any array is such a list. */
export interface LazyList<T> extends Iterable<T> {
  readonly length: number;
}

/** What `make` makes of each item, made anew whenever the list is read. In JSON it is an array. */
export function lazyMap<T, Made>(list: LazyList<T>, make: (item: T) => Made): LazyList<Made> {
  const made = {
    length: list.length,
    *[Symbol.iterator]() {
      for (const item of list) yield make(item);
    },
    toJSON: (): Made[] => [...made],
  };
  return made;
}

/** Whether a value is an array, or a list that `lazyMap` made. */
export function isLazyList(value: unknown): value is LazyList<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && 'length' in value;
}
