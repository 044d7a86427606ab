import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Answer } from './send.ts';

/** What GitHub says when it says no (docs/github.md 3). */
const complaint = z.object({
  message: z.string(),
  errors: z
    .array(
      z.union([
        z.string(),
        z.object({
          message: z.string().optional(),
          resource: z.string().optional(),
          field: z.string().optional(),
          code: z.string().optional(),
        }),
      ]),
    )
    .optional()
    .catch(undefined),
});

/** GitHub's own words of an answer; the status's name where it has none. */
export function messageIn(answer: Answer): string {
  if (isForeign(answer)) return `${STATUS_CODES[answer.status] ?? ''} (${shapeOf(answer)})`.trim();
  const { success, data } = complaint.safeParse(answer.data);
  if (!success) return STATUS_CODES[answer.status] ?? '';
  const details = (data.errors ?? []).map(error => {
    if (typeof error === 'string') return error;
    return error.message ?? [error.resource, error.field, error.code].filter(Boolean).join(' ');
  });
  const more = details.filter(detail => detail !== '' && !data.message.includes(detail));
  return more.length === 0 ? data.message : `${data.message} (${more.join('; ')})`;
}

/** Neither JSON nor nothing: GitHub's API has not said that, or GitHub was in trouble. */
export function isForeign({ data }: Answer): boolean {
  return (typeof data === 'string' && data.trim() !== '') || data instanceof ArrayBuffer;
}

function shapeOf({ headers }: Answer): string {
  return headers['content-type']?.includes('html') ? 'a web page' : 'not JSON';
}
