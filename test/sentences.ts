import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The sentences by which the product says that something is wrong, read from its sources. */

const ROOT = join(import.meta.dirname, '..');

export interface Sentence {
  file: string;
  /** With `…` where something is filled in. */
  text: string;
}

/** A node of a syntax tree. */
type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';

/** All texts of these files say what is wrong, or what to do. */
const FILES = /base\/yaml-mistakes|(net|qrs|github)\/(no-answer|hints|denial)|sites\/(pem|credentials)/;
/** Lists, calls and keys that hold such texts. */
const LISTS = /^(problems|refusals|refused|faults|gathered|missing)$/;
const CALLS = /^(refuse|fault|problem|unusable)$/;
const KEYS = /^(text|refusal|wrong|hint|hints|next|error|message|gone|missing|problem|sentence)$/;
/** Functions that return such texts. */
const FUNCTIONS =
  /problem|refus|unknown|notThere|several|wouldBe|mayNot|unreadable|strangers|wrongWords|otherType/i;
/** Checks of a shape take their message as the last argument. */
const CHECKS = /^(min|max|regex|refine|url|guid)$/;

export function errorSentences(): Sentence[] {
  return (
    globSync('src/**/*.ts', { cwd: ROOT })
      .map(file => file.replaceAll('\\', '/'))
      // What a report says of a plan, and the relay's reasons (docs/relay.md), are no errors.
      .filter(file => !/src\/(promote|reload|check)\/report|relay\/decide|result-shape|usage\.ts/.test(file))
      .flatMap(file => {
        const { program } = parseSync(file, readFileSync(join(ROOT, file), 'utf8'));
        const found = new Set<string>();
        walk(program, FILES.test(file), text => found.add(text));
        return [...found].filter(isSentence).map(text => ({ file, text }));
      })
  );
}

/** Of four words at least. */
function isSentence(text: string): boolean {
  return (text.match(/\p{L}{2,}/gu) ?? []).length >= 4;
}

/** `says`: whether texts here say what is wrong. */
function walk(value: unknown, says: boolean, take: (text: string) => void): void {
  if (Array.isArray(value)) for (const one of value) walk(one, says, take);
  if (!isNode(value)) return;
  if (/^(ImportDeclaration|ExportNamedDeclaration)$/.test(String(value.type)) && value.source) return;
  if (value.type === 'TSTypeAnnotation') return;
  const text = textOf(value);
  if (text !== undefined) {
    if (says) take(text);
    walk(value.expressions, says, take);
    return;
  }
  const [within, begins] = beginning(value);
  for (const [key, child] of Object.entries(value)) {
    const isStart = begins && key === within;
    walk(child, isStart || (says && value.type !== 'CallExpression'), take);
  }
}

/** The child in which texts begin to say what is wrong. */
function beginning(node: Node): [child: string, begins: boolean] {
  const { type, callee, key, id } = node;
  if (type === 'NewExpression') return ['arguments', /Error$|Impossible/.test(nameOf(callee))];
  if (type === 'CallExpression') {
    const { property, object } = isNode(callee) ? callee : {};
    const [name, list] = [nameOf(property), nameOf(object)];
    return [
      'arguments',
      CALLS.test(nameOf(callee)) || CHECKS.test(name) || (/^(push|add)$/.test(name) && LISTS.test(list)),
    ];
  }
  if (type === 'FunctionDeclaration') return ['body', FUNCTIONS.test(nameOf(id))];
  if (type === 'Property') return ['value', KEYS.test(nameOf(key))];
  if (type === 'VariableDeclarator') return ['init', KEYS.test(nameOf(id))];
  return ['', false];
}

function nameOf(value: unknown): string {
  return isNode(value) && typeof value.name === 'string' ? value.name : '';
}

/** A literal, a template, or several that `+` joins; undefined for what is none. */
function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral' && Array.isArray(node.quasis)) {
    return node.quasis.map(quasi => String(Object(Object(quasi).value).cooked)).join('…');
  }
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const [left, right] = [node.left, node.right].map(side => (isNode(side) ? textOf(side) : undefined));
  if (left === undefined && right === undefined) return undefined;
  return `${left ?? '…'}${right ?? '…'}`;
}
