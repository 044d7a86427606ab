import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { DataError } from './data.ts';

/** A data file as it is read: its content, and where in it something stands. */
export interface DataFile {
  content: unknown;
  /** `file:line:column: ` of what a problem is about, which begins with a path such as `apps[0].size:`. */
  placeOf(problem: string): string;
}

/** Reads YAML; throws a DataError with the line of each problem. */
export function readYaml(text: string, file: string): DataFile {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return `${file}:${line}:${col}: `;
  };
  if (document.errors.length > 0) {
    throw new DataError(document.errors.map(({ message, pos }) => `${at(pos[0])}${message}`));
  }
  return {
    content: document.toJS(),
    placeOf: problem => at(offsetOf(document.contents, stepsIn(problem))),
  };
}

/** `apps[0].size: …` is about the size of the first app; what is about the whole file has no steps. */
function stepsIn(problem: string): string[] {
  const [path = ''] = /^[\w.[\]]*(?=:)/.exec(problem) ?? [];
  return path.split(/[.[\]]+/).filter(step => step !== '');
}

/** Of the innermost thing on the way that the file has. */
function offsetOf(root: unknown, steps: readonly string[]): number {
  let node = root;
  let offset = isNode(root) ? (root.range?.[0] ?? 0) : 0;
  for (const step of steps) {
    const pair = isMap(node) ? node.items.find(({ key }) => String(key) === step) : undefined;
    const mark: unknown = pair ? pair.key : isSeq(node) ? node.items[Number(step)] : undefined;
    if (!isNode(mark)) break;
    offset = mark.range?.[0] ?? offset;
    node = pair ? pair.value : mark;
  }
  return offset;
}
