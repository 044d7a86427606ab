import type { ReloadTaskOptions } from './reload-task-shape.ts';

/** The name of an app's reload task in a stream. Pure. */
export function taskNameFor({ name }: ReloadTaskOptions, app: string, stream: string): string {
  const words: Readonly<Record<string, string>> = { app, stream };
  return name.replace(/\{(app|stream)\}/g, (_, word: string) => words[word] ?? '');
}
