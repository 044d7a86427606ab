import { randomUUID } from 'node:crypto';
import type { Content } from './content.ts';
import { contentSize } from './content.ts';

/** The content after a reload: it has data, is as large as before, and has another date and so other bytes. */
export function reloaded(content: Content, name: string, lastReloadTime: string): Content {
  if (content.kind === 'made')
    return { ...content, recipe: { ...content.recipe, withData: true, lastReloadTime } };
  // The bytes of an uploaded file are not ours to change: a reload writes a file of its own.
  const { description, parts } = content;
  const size = contentSize(content);
  const made = { madeBy: 'qrs-simulator', seed: randomUUID(), withData: true } as const;
  return { kind: 'made', recipe: { ...made, size, name, lastReloadTime, description, parts: [...parts] } };
}
