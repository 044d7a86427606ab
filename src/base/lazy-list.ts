/** A list whose items may be made as they are read; any array is such a list. */
export interface LazyList<T> extends Iterable<T> {
  readonly length: number;
}

/** What `make` makes of each item, made anew whenever the list is read. */
export function lazyMap<T, Made>(list: LazyList<T>, make: (item: T) => Made): LazyList<Made> {
  return {
    length: list.length,
    *[Symbol.iterator]() {
      for (const item of list) yield make(item);
    },
  };
}
