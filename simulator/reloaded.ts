import { randomUUID } from 'node:crypto';
import type { Content } from './content.ts';
import { contentSize } from './content.ts';

/** The content after a reload: as large as before, with another date and so with other bytes. */
export function reloaded(content: Content, name: string, lastReloadTime: string): Content {
  if (content.kind === 'made') return { ...content, recipe: { ...content.recipe, lastReloadTime } };
  // The bytes of an uploaded file are not ours to change: a reload writes a file of its own.
  const { description } = content;
  const size = contentSize(content);
  const made = { madeBy: 'qrs-simulator', seed: randomUUID(), withData: true } as const;
  return { kind: 'made', recipe: { ...made, size, name, lastReloadTime, description } };
}
