import { parseDocument } from 'yaml';
import { z } from 'zod';

const names = z.union([z.string().transform(one => [one]), z.array(z.string())]);
const triggers = z.union([
  names.transform(events => Object.fromEntries(events.map(event => [event, null]))),
  z.record(z.string(), z.unknown()),
]);
const workflow = z.object({ on: triggers });
const filter = z.object({ types: names.optional() }).nullable();

/**
 * The event types that a workflow file listens to with `repository_dispatch`: none, some, or `all` of them where
 * no `types` stand (docs/github.md 2). `unreadable`: GitHub does not run it either.
 */
export function listensTo(text: string): readonly string[] | 'all' | 'unreadable' {
  const value = parsed(text);
  const { data } = workflow.safeParse(value);
  if (!data) return 'unreadable';
  if (!('repository_dispatch' in data.on)) return [];
  const how = filter.safeParse(data.on.repository_dispatch ?? null);
  if (!how.success) return 'unreadable';
  return how.data?.types ?? 'all';
}

function parsed(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    // An alias that nothing defines.
    return undefined;
  }
}
