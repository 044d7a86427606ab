import * as z from 'zod';
import { closed } from '../base/yaml.ts';

/** Selects an app: one of the source site, or the file of a backup. */
export type Selector =
  | { by: 'event' }
  /** `event`: the app of the event, which may no longer exist. */
  | { by: 'id'; id: string; event?: true }
  /** `stream`: the app of that name that is published there. */
  | { by: 'name'; name: string; stream: string | undefined }
  | { by: 'filter'; filter: string }
  | { by: 'file'; file: string };

const guid = z.guid('must be an app id such as 31ee79a6-0949-4175-ba0e-1866a60e3336').toLowerCase();
const filled = z.string().trim().min(1, 'must not be empty');

export const selectorSchema = closed({
  id: guid.optional().describe('The app’s id.'),
  name: filled.optional().describe('The app’s name.'),
  stream: filled.optional().describe('With name: the stream in which the app is published.'),
  filter: filled.optional().describe('A QRS filter, such as stream.name eq ’Build’.'),
  file: filled.optional().describe('A file of a backup.'),
  event: z.literal(true).optional().describe('true: the app of the event.'),
}).transform(({ stream, ...one }, context): Selector => {
  const { id, name, filter, file, event } = one;
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (stream !== undefined && name === undefined) return refuse('must have a name beside the stream');
  if (Object.values(one).filter(value => value !== undefined).length === 1) {
    if (id !== undefined) return { by: 'id', id };
    if (name !== undefined) return { by: 'name', name, stream };
    if (filter !== undefined) return { by: 'filter', filter };
    if (file !== undefined) return { by: 'file', file };
    if (event) return { by: 'event' };
  }
  return refuse('must have exactly one of id, name, filter, file or event: true');
});
