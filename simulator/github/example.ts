import { z } from 'zod';

const object = z.record(z.string(), z.unknown());

/** An example of the description with other names in it, for the fields that the stand-in does not model. */
export function retold(example: unknown, names: Readonly<Record<string, string>>): Record<string, unknown> {
  let text = JSON.stringify(example);
  for (const [from, to] of Object.entries(names)) text = text.replaceAll(from, to);
  return object.parse(JSON.parse(text));
}

/** The account in an example, under another name. */
export function account(example: unknown, login: string): Record<string, unknown> {
  return { ...retold(example, { octocat: login }), login };
}
