import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { z } from 'zod';

const schema = z.record(z.string(), z.unknown());
const answer = z.object({ schema, example: z.unknown() }).nullable();

const excerpt = z.object({
  operations: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      path: z.string(),
      documentation: z.string(),
      parameters: z.array(
        z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema }),
      ),
      body: z.object({ required: z.boolean(), schema }).optional(),
      answers: z.record(z.string(), answer),
    }),
  ),
  schemas: z.record(z.string(), schema),
});

export type Operation = z.infer<typeof excerpt>['operations'][number];

/** Calls that refuse keys that their description does not name. The description itself does not say so. */
const strict = new Set(['repos/create-dispatch-event']);

/** GitHub's own description of the calls, an excerpt of its OpenAPI that `npm run github-api` makes. */
export function readDescription() {
  const text = readFileSync(new URL('api.json', import.meta.url), 'utf8');
  const { operations, schemas } = excerpt.parse(JSON.parse(text));
  const options = { strict: false, allErrors: true, verbose: true, validateFormats: false } as const;
  const exact = new Ajv(options);
  // A path and a query are text.
  const coercing = new Ajv({ ...options, coerceTypes: true });
  const compiled = new Map<string, ValidateFunction>();

  // A schema is compiled when it is first needed: a test needs two or three of them.
  function problems(ajv: Ajv, name: string, of: object, value: unknown): string[] {
    const check = compiled.get(name) ?? ajv.compile({ ...of, $defs: schemas });
    compiled.set(name, check);
    return check(value) ? [] : (check.errors ?? []).map(inGitHubsWords);
  }

  return {
    operation: (method: string, path: string) => find(operations, method, path),

    problemsOfParameters({ id, parameters }: Operation, values: Readonly<Record<string, string>>): string[] {
      const shape = {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(parameters.map(({ name, schema: own }) => [name, own])),
        required: parameters.filter(({ required }) => required).map(({ name }) => name),
      };
      return problems(coercing, `${id} parameters`, shape, { ...values });
    },

    problemsOfBody({ id, body }: Operation, value: unknown): string[] {
      if (!body) return value === undefined ? [] : ['This call takes no body.'];
      if (value === undefined && !body.required) return [];
      const closed = strict.has(id) ? { additionalProperties: false } : {};
      return problems(exact, `${id} body`, { ...body.schema, ...closed }, value ?? {});
    },

    problemsOfAnswer({ id, answers }: Operation, status: number, value: unknown): string[] {
      const described = answers[status];
      if (described === undefined) return [`${status} is no success of this call.`];
      if (!described) return value === undefined ? [] : ['This answer has no body.'];
      return problems(exact, `${id} ${status}`, described.schema, value);
    },

    /** The description's example of that answer, a value of the right shape to change. */
    example({ id, answers }: Operation, status: number): unknown {
      const described = answers[status];
      if (!described) throw new Error(`${id} has no example of ${status}`);
      return structuredClone(described.example);
    },
  };
}

export type Description = ReturnType<typeof readDescription>;

function find(operations: readonly Operation[], method: string, path: string) {
  for (const operation of operations) {
    if (operation.method !== method) continue;
    const segments = fit(operation.path, path);
    if (segments) return { operation, segments };
  }
  return undefined;
}

/** The variable segments, decoded; a last segment called `path` matches the whole rest. */
function fit(template: string, path: string): Record<string, string> | undefined {
  const pattern = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'path' ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  const groups = new RegExp(`^${pattern}$`).exec(path);
  if (!groups) return undefined;
  try {
    return Object.fromEntries(
      Object.entries(groups.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]),
    );
  } catch {
    return undefined;
  }
}

const article = (word: string) => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);
const length = (value: unknown) => (typeof value === 'string' ? [...value].length : 0);
const keys = (value: unknown) => (typeof value === 'object' && value ? Object.keys(value).length : 0);

/** GitHub's own sentences, as far as people have quoted them (docs/simulator.md). */
function inGitHubsWords({ keyword, params, data, instancePath, message }: ErrorObject): string {
  const where = `For 'properties${instancePath}', ${JSON.stringify(data)}`;
  switch (keyword) {
    case 'required':
      return `"${params.missingProperty}" wasn't supplied.`;
    case 'additionalProperties':
      return `"${params.additionalProperty}" is not a permitted key.`;
    case 'type':
      return `${where} is not ${article(String(params.type))}.`;
    case 'enum':
      return `${where} is not a member of ${JSON.stringify(params.allowedValues)}.`;
    case 'maxProperties':
      return `No more than ${params.limit} properties are allowed; ${keys(data)} were supplied.`;
    case 'maxLength':
      return `Only ${params.limit} characters are allowed; ${length(data)} were supplied.`;
    case 'minLength':
      return `At least ${params.limit} characters are required; only ${length(data)} were supplied.`;
    default:
      return `${where} ${message ?? 'does not fit'}.`;
  }
}
