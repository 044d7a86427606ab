import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { z } from 'zod';
import { departs } from './departures.ts';

type Schema = Readonly<Record<string, unknown>>;

const schema = z.record(z.string(), z.unknown());
const operationSchema = z.looseObject({
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.string(),
        type: z.string().optional(),
        format: z.string().optional(),
        required: z.boolean().default(false),
        schema: schema.optional(),
      }),
    )
    .default([]),
  responses: z.record(z.string(), z.looseObject({ schema: schema.optional() })),
});
const swagger = z.looseObject({
  swagger: z.literal('2.0'),
  basePath: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  definitions: z.record(z.string(), z.looseObject({ properties: z.record(z.string(), schema).default({}) })),
});

interface Query {
  /** In lower case: QRS ignores the case. */
  readonly name: string;
  readonly type: string | undefined;
  readonly format: string | undefined;
  readonly required: boolean;
}

/** A request as it was sent; its body in full, or that it is a file. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string | 'a file' | undefined;
}

/** One call of the vendor's description. */
interface Described {
  readonly name: string;
  readonly queries: readonly Query[];
  /** Undefined: a request without a body. */
  readonly body: Schema | undefined;
  readonly status: number;
  /** Undefined: an answer without a body. */
  readonly answer: Schema | undefined;
}

/** Formats that constrain a value; all others (file-size, minutes …) say only what a number counts. */
const formats = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

/** The vendor's OpenAPI description of QRS, as far as answers can be held against it. */
export function readVendorDescription(file: string) {
  // All definitions are one schema, which is compiled only where an answer needs it.
  const description = readFileSync(file, 'utf8').replaceAll('"#/definitions/', '"qrs#/definitions/');
  const { basePath, paths, definitions } = swagger.parse(JSON.parse(description));
  const ajv = new Ajv({ strict: false, allErrors: true, formats, logger: false, inlineRefs: false });
  const all = Object.entries(definitions);
  const exactly = all.map(([name, own]) => [name, own.type === 'object' ? exact(name, own.properties) : own]);
  ajv.addSchema({ $id: 'qrs', definitions: Object.fromEntries(exactly) });
  // What is sent may leave out properties.
  const known = exactly.map(([name, own]) => [name, { ...Object(own), required: [] }]);
  ajv.addSchema({
    $id: 'sent',
    definitions: JSON.parse(JSON.stringify(Object.fromEntries(known)).replaceAll('"qrs#', '"sent#')),
  });
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters, responses }]) => {
      const [[status, response] = ['0', undefined]] = Object.entries(responses);
      const name = `${method.toUpperCase()} ${path}`;
      const queries = parameters
        .filter(one => one.in === 'query')
        .map(({ name: own, type, format, required }) => ({
          name: own.toLowerCase(),
          type,
          format,
          required,
        }));
      const body = parameters.find(one => one.in === 'body')?.schema;
      const call: Described = { name, queries, body, status: Number(status), answer: response?.schema };
      return { method: method.toUpperCase(), pattern: segmentsOf(`${basePath}${path}`), call };
    }),
  );
  const compiled = new Map<string, ValidateFunction>();

  function bodyProblems(asked: Schema | undefined, sent = ''): string[] {
    if (!asked)
      return sent === '' || departs('empty body', sent) ? [] : [`a body that is not described: ${sent}`];
    if (sent === '') return ['no body, where one is described'];
    if (asked.format === 'binary') return sent === 'a file' ? [] : ['a body that is no file'];
    return wrongIn(sent, JSON.stringify(asked).replace('"qrs#', '"sent#'));
  }

  function wrongIn(sent: string, asked: string): string[] {
    const check = compiled.get(asked) ?? ajv.compile(JSON.parse(asked));
    compiled.set(asked, check);
    return check(JSON.parse(sent)) ? [] : [...new Set(check.errors?.map(inWords))];
  }

  return {
    /** The call that a request makes; of several, the one with the most literal path. */
    find(method: string, path: string): Described | undefined {
      const given = segmentsOf(path);
      return described
        .filter(one => one.method === method && fits(one.pattern, given))
        .sort((a, b) => variables(a.pattern) - variables(b.pattern))[0]?.call;
    },

    /** What is wrong with a request; empty when nothing is. */
    problemsSent({ name, queries, body }: Described, sent: Sent): string[] {
      const given = [...new URLSearchParams(sent.query)].map(
        ([own, value]) => [own.toLowerCase(), value] as const,
      );
      const wrong = given.flatMap(([own, value]) => {
        const query = queries.find(one => one.name === own);
        if (own === 'xrfkey') return [];
        if (!query) return [`the parameter ${own} is not described`];
        return isOf(query, value) ? [] : [`the parameter ${own} is "${value}", no ${query.type}`];
      });
      const missing = queries.filter(one => one.required && !given.some(([own]) => own === one.name));
      return [
        ...wrong,
        ...missing.map(one => `the parameter ${one.name} is missing`),
        ...bodyProblems(body, sent.body),
      ].map(problem => `${name}: ${problem}`);
    },

    /** What is wrong with an answer; empty when nothing is. */
    problems({ name, status, answer }: Described, reply: { status: number; text: string }): string[] {
      if (reply.status !== status) return [`${name}: ${reply.status} instead of ${status} ${reply.text}`];
      if (!answer) return reply.text === '' ? [] : [`${name}: a body, where none is described`];
      if (answer.format === 'binary') return reply.text === '' ? [`${name}: an empty file`] : [];
      const check = compiled.get(name) ?? ajv.compile(onTheWire(answer));
      compiled.set(name, check);
      return check(JSON.parse(reply.text))
        ? []
        : [...new Set(check.errors?.map(error => `${name}: ${inWords(error)}`))];
    },
  };
}

export type VendorDescription = ReturnType<typeof readVendorDescription>;

/** An entity with exactly the described properties. */
function exact(type: string, properties: Readonly<Record<string, Schema>>): Schema {
  const own = Object.entries(properties).map(([name, of]) => [name, property(`${type}.${name}`, of)]);
  const required = Object.keys(properties);
  return { type: 'object', additionalProperties: false, required, properties: Object.fromEntries(own) };
}

function property(name: string, of: Schema): Schema {
  if (departs('in full', name)) return JSON.parse(JSON.stringify(of).replace(/Condensed"/g, '"'));
  if (departs('any value', name)) return { type: of.type };
  const mayBeNull = departs('null') && ('$ref' in of || name.endsWith('.privileges'));
  return mayBeNull ? { anyOf: [of, { type: 'null' }] } : of;
}

/** A scalar is wrapped; a list or an entity is as described. */
function onTheWire(answer: Schema): Schema {
  const scalar = !('$ref' in answer || answer.type === 'array' || answer.type === 'object');
  if (!scalar || !departs('wrapped')) return answer;
  return { type: 'object', additionalProperties: false, required: ['value'], properties: { value: answer } };
}

function isOf({ type, format }: Query, value: string): boolean {
  if (type === 'boolean') return value === 'true' || value === 'false';
  if (type === 'integer') return /^-?\d+$/.test(value);
  return format !== 'uuid' || formats.uuid.test(value);
}

const segmentsOf = (path: string) => path.toLowerCase().split('/');
const isVariable = (segment: string) => segment.startsWith('{');
const variables = (pattern: readonly string[]) => pattern.filter(isVariable).length;

function fits(pattern: readonly string[], given: readonly string[]): boolean {
  return (
    pattern.length === given.length && pattern.every((part, at) => isVariable(part) || part === given[at])
  );
}

function inWords({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath.replace(/\/\d+/g, '/·') || 'the answer'} ${message} ${JSON.stringify(params)}`;
}
