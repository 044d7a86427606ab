import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { DataError } from './data.ts';

/** The content of a data file, and the line of each part of it. */
export interface DataFile {
  content: unknown;
  /** `file:line:column: ` of the value that a problem names by a path such as `apps[0].size:`. */
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

/** The path in `apps[0].size: …`, in steps; a problem of the whole file has none. */
function stepsIn(problem: string): string[] {
  const [path = ''] = /^[\w.[\]]*(?=:)/.exec(problem) ?? [];
  return path.split(/[.[\]]+/).filter(step => step !== '');
}

/** The offset of the deepest step that the file has. */
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
