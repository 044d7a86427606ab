import { randomUUID } from 'node:crypto';
import type { Content } from './content.ts';
import { contentSize } from './content.ts';

/** The content after a reload: it has data and the same size, but a new date and therefore new bytes. */
export function reloaded(content: Content, name: string, lastReloadTime: string): Content {
  if (content.kind === 'made')
    return { ...content, recipe: { ...content.recipe, withData: true, lastReloadTime } };
  // A reload cannot change the bytes of an uploaded file, so generated content replaces it.
  const { description, parts } = content;
  const size = contentSize(content);
  const made = { madeBy: 'qrs-simulator', seed: randomUUID(), withData: true } as const;
  return { kind: 'made', recipe: { ...made, size, name, lastReloadTime, description, parts: [...parts] } };
}
