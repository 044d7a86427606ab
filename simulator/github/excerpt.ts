import { z } from 'zod';
import { jsonSchema } from './jsonschema.ts';

/** The calls that the stand-in answers; everything else of GitHub's description is left out. */
const wanted = [
  ['post', '/repos/{owner}/{repo}/dispatches'],
  ['get', '/repos/{owner}/{repo}'],
  ['get', '/repos/{owner}/{repo}/contents/{path}'],
  ['get', '/repos/{owner}/{repo}/actions/workflows'],
  ['get', '/repos/{owner}/{repo}/installation'],
  ['post', '/app/installations/{installation_id}/access_tokens'],
  ['get', '/app/installations/{installation_id}'],
  ['get', '/app'],
  ['get', '/repos/{owner}/{repo}/issues/{issue_number}/comments'],
  ['post', '/repos/{owner}/{repo}/issues/{issue_number}/comments'],
  ['patch', '/repos/{owner}/{repo}/issues/comments/{comment_id}'],
  ['get', '/user'],
  ['get', '/rate_limit'],
  ['get', '/meta'],
] as const;

const object = z.record(z.string(), z.unknown());
const objects = z.record(z.string(), object);
const list = z.array(object);

type Json = z.infer<typeof object>;

/** Cuts the wanted operations, and the schemas that they need, out of an OpenAPI 3.0 description. */
export function excerptOf(description: unknown, source: string) {
  const root = object.parse(description);
  const schemas = new Map<string, Json>();

  function resolved(value: Json): Json {
    if (typeof value.$ref !== 'string') return value;
    const parts = value.$ref.replace('#/', '').split('/');
    return object.parse(parts.reduce<unknown>((here, part) => object.parse(here)[part], root));
  }

  function keep(reference: string): Json {
    const name = reference.replace('#/components/schemas/', '');
    if (!schemas.has(name)) {
      schemas.set(name, {});
      schemas.set(name, jsonSchema(resolved({ $ref: reference }), keep));
    }
    return { $ref: `#/$defs/${name}` };
  }

  function contentOf(holder: Json) {
    const json = object.optional().parse(object.parse(holder.content ?? {})['application/json']);
    if (!json) return undefined;
    const [example] = Object.values(objects.parse(json.examples ?? {}));
    return {
      schema: jsonSchema(object.parse(json.schema), keep),
      example: example && resolved(example).value,
    };
  }

  function parameter(reference: Json) {
    const { name, in: place, required = false, schema } = resolved(reference);
    return { name, in: place, required, schema: jsonSchema(object.parse(schema), keep) };
  }

  function operation(method: string, path: string) {
    const found = object.parse(objects.parse(object.parse(root.paths)[path])[method]);
    const body = found.requestBody === undefined ? undefined : object.parse(found.requestBody);
    const successes = Object.entries(objects.parse(found.responses)).filter(([status]) => status < '300');
    return {
      id: found.operationId,
      method: method.toUpperCase(),
      path,
      documentation: object.parse(found.externalDocs).url,
      parameters: list.parse(found.parameters).map(parameter),
      ...(body && { body: { required: body.required === true, schema: contentOf(body)?.schema } }),
      answers: Object.fromEntries(
        successes.map(([status, answer]) => [status, contentOf(resolved(answer)) ?? null]),
      ),
    };
  }

  const operations = wanted.map(([method, path]) => operation(method, path));
  const sorted = [...schemas].sort(([a], [b]) => (a < b ? -1 : 1));
  return { source, operations, schemas: Object.fromEntries(sorted) };
}
