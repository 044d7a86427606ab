import type { Stored } from './stored.ts';

/** Entities that a client chose, to work on them together (docs/qrs.md 4.6). */
export interface Selection extends Stored {
  readonly schemaPath: 'Selection';
  items: readonly Item[];
}

interface Item extends Stored {
  readonly schemaPath: 'SelectionItem';
  readonly type: string;
  readonly objectID: string;
  readonly objectName: string;
}
