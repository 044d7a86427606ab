import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import type { Answer } from './transport.ts';

/** The body of a refusal by GitHub's API (docs/github.md 3). */
const complaint = z.object({
  message: z.string(),
  documentation_url: z.string().optional().catch(undefined),
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

/** The message of GitHub's API; undefined when something else answered, such as a proxy with its own page. */
export function complaintIn({ data }: Answer): { message: string; documentation: string } | undefined {
  const parsed = complaint.safeParse(data);
  if (!parsed.success) return undefined;
  const { message, errors = [], documentation_url: documentation = '' } = parsed.data;
  const details = errors.map(error =>
    typeof error === 'string'
      ? error
      : (error.message ?? [error.resource, error.field, error.code].filter(Boolean).join(' ')),
  );
  const more = details.filter(detail => detail !== '' && !message.includes(detail));
  return { message: more.length === 0 ? message : `${message} (${more.join('; ')})`, documentation };
}

/** Whether the answer is not GitHub's: its body is text, while the API sends JSON or nothing. */
export function isForeign({ data }: Answer): boolean {
  return typeof data === 'string' && data.trim() !== '';
}

/** The status with GitHub's own sentence, or with the name of the status. */
export function spoken(answer: Answer): string {
  const { status, headers } = answer;
  const name = STATUS_CODES[status] ?? '';
  const shape = headers['content-type']?.includes('html') ? '(a web page)' : '(not JSON)';
  const said = complaintIn(answer)?.message ?? (isForeign(answer) ? `${name} ${shape}` : name);
  return `${status} ${said}`.trim();
}
