import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Repository } from './hub.ts';

const names = z.union([z.string().transform(one => [one]), z.array(z.string())]);
const triggers = z.union([
  names.transform(events => new Map<string, unknown>(events.map(event => [event, null]))),
  z.record(z.string(), z.unknown()).transform(events => new Map(Object.entries(events))),
]);
const workflow = z.object({ name: z.string().optional(), on: triggers });
const listened = z.union([z.null(), z.object({ types: names.optional() })]);

/** The workflow files on the default branch; files in subfolders do not count. */
export function workflowPaths({ files }: Repository): string[] {
  return [...files.keys()].filter(path => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
}

function read(text: string) {
  const document = parseDocument(text);
  const parsed = workflow.safeParse(document.errors.length > 0 ? undefined : document.toJS());
  return parsed.success ? parsed.data : undefined;
}

export const workflowName = (path: string, text: string) => read(text)?.name ?? path;

/**
 * The files that start a run for the event. None when Actions are off, the file is disabled, is no workflow,
 * or does not listen. GitHub tells the sender nothing of this.
 */
export function listeners(repository: Repository, eventType: string): string[] {
  if (!repository.actions || repository.archived) return [];
  return workflowPaths(repository).filter(path => {
    if (repository.disabledWorkflows.has(path)) return false;
    const events = read(repository.files.get(path) ?? '')?.on;
    if (!events?.has('repository_dispatch')) return false;
    const how = listened.safeParse(events.get('repository_dispatch') ?? null);
    return how.success && (how.data?.types?.includes(eventType) ?? true);
  });
}
