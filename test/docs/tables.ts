import { parse } from 'yaml';
import { z } from 'zod';
import { type SchemaName, schemaOf } from '../../src/cli/schemas.ts';
import { DEFAULTS } from '../../src/promote/options.ts';
import { readFile } from './pages.ts';

/** The reference tables of the documents, made from action.yml and from the shapes by which the product reads. */

const MARK = /^<!-- table: ([\w .-]+) -->\n[\s\S]*?^<!-- end -->$/gm;

/** The page with each marked table made afresh. */
export function fresh(page: string): string {
  return page.replaceAll(MARK, (_, name: string) => `<!-- table: ${name} -->\n${tableOf(name)}<!-- end -->`);
}

function tableOf(name: string): string {
  const [what = '', part = '', ...rest] = name.split(' ');
  if (what === 'action') return rest.length === 0 ? actionTable(part) : '';
  return keysTable(what, part, rest);
}

const field = z.object({ description: z.string(), default: z.string().optional() });
const action = z
  .object({ inputs: z.record(z.string(), field), outputs: z.record(z.string(), field) })
  .parse(parse(readFile('action.yml')));

function actionTable(part: string): string {
  const inputs = part === 'inputs';
  const rows = Object.entries(inputs ? action.inputs : action.outputs).map(([name, given]) => {
    const fallback = given.default === undefined ? '' : code(given.default);
    return inputs ? [code(name), fallback, given.description] : [code(name), given.description];
  });
  return table(inputs ? ['Input', 'Default', 'Description'] : ['Output', 'Description'], rows);
}

interface Node {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  format?: string;
  properties?: Record<string, Node>;
  items?: Node;
  additionalProperties?: Node | boolean;
  anyOf?: Node[];
}

/**
 * The keys at a place of a schema. `own` leaves out those that the whole spec has as well; `options` are the keys that a
 * target has too, `rest` the others.
 */
function keysTable(schema: string, place: string, choice: readonly string[]): string {
  const names: readonly string[] = ['sites', 'spec', 'request', 'relay', 'result'] satisfies SchemaName[];
  if (!names.includes(schema)) throw new Error(`There is no schema "${schema}".`);
  const root: Node = schemaOf(schema as SchemaName);
  const top = propertiesOf(root);
  const shared = new Set(
    [...propertiesOf(top.get('to') ?? {})]
      .filter(([key, node]) => top.get(key)?.description === node.description)
      .map(([key]) => key),
  );
  const steps = place === '' || place === '.' ? [] : place.split('.');
  const keys = steps.reduce((found, step) => propertiesOf(found.get(step) ?? {}), top);
  const wanted = [...keys].filter(([key]) =>
    choice.includes('options') ? shared.has(key) : choice.length === 0 || !shared.has(key),
  );
  const result = schema === 'result';
  const rows = wanted.map(([key, node]) => {
    const row = [code(key), valuesOf(node)];
    return result
      ? [...row, node.description ?? '']
      : [...row, defaultOf(schema, key, node), node.description ?? ''];
  });
  return table(result ? ['Key', 'Value', 'Description'] : ['Key', 'Value', 'Default', 'Description'], rows);
}

/** What is in the object, in the items of the list, or in one of the choices. */
function propertiesOf(node: Node): Map<string, Node> {
  const inner = [...(node.anyOf ?? []), node.items, node.additionalProperties].filter(
    one => typeof one === 'object',
  );
  return new Map([...Object.entries(node.properties ?? {}), ...inner.flatMap(one => [...propertiesOf(one)])]);
}

function valuesOf(node: Node): string {
  if (node.const !== undefined) return code(String(node.const));
  if (node.enum) return node.enum.map(value => code(String(value))).join(', ');
  if (node.anyOf) return choicesOf(node.anyOf);
  if (node.type === 'array')
    return node.items?.enum ? `list of ${valuesOf(node.items)}` : `list of ${valuesOf(node.items ?? {})}s`;
  if (node.type === 'integer' || node.type === 'number') return numberOf(node);
  if (node.type === 'boolean') return '`true`, `false`';
  if (node.type === 'object') return 'mapping';
  return node.format === 'uri' ? 'URL' : 'text';
}

/** A variable may be in the place of a URL. */
function choicesOf(nodes: readonly Node[]): string {
  const kinds = new Set(nodes.map(valuesOf));
  if (kinds.has('URL')) kinds.delete('text');
  return [...kinds].join(' or ');
}

function numberOf({ minimum, maximum }: Node): string {
  return maximum !== undefined && maximum < 1_000_000 ? `${minimum} to ${maximum}` : 'number';
}

/** The options have no default in the schema, as a target takes those of the spec. */
const DEFAULTS_BY_NAME = new Map<string, unknown>(Object.entries(DEFAULTS));

function defaultOf(schema: string, key: string, node: Node): string {
  const camel = key.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const given: unknown = node.default ?? (schema === 'spec' ? DEFAULTS_BY_NAME.get(camel) : undefined);
  const mapping = typeof given === 'object' && !Array.isArray(given);
  const empty = given === undefined || mapping || (Array.isArray(given) && given.length === 0);
  if (empty) return '';
  return Array.isArray(given) ? code(`[${given.join(', ')}]`) : code(String(given));
}

const code = (text: string) => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}
