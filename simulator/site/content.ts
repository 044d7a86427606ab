import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Part, Recipe } from './made-content.ts';
import { make, sizeOf, withoutData } from './made-content.ts';

/** An uploaded file that no recipe can generate. */
interface FileContent {
  readonly kind: 'file';
  readonly path: string;
  readonly size: number;
  readonly lastReloadTime: string;
  readonly description: string;
  readonly parts: readonly Part[];
  readonly withData: boolean;
}

interface MadeContent {
  readonly kind: 'made';
  readonly recipe: Recipe;
}

export type Content = MadeContent | FileContent;

const pieceSize = 128 * 1024;
const fileSizeWithoutData = 64 * 1024;

export const contentSize = (content: Content) =>
  content.kind === 'made' ? sizeOf(content.recipe) : content.size;

export const lastReload = (content: Content) =>
  content.kind === 'made' ? content.recipe.lastReloadTime : content.lastReloadTime;

export const describedAs = (content: Content) =>
  content.kind === 'made' ? content.recipe.description : content.description;

export const partsIn = (content: Content): readonly Part[] =>
  content.kind === 'made' ? content.recipe.parts : content.parts;

export const hasData = (content: Content) =>
  content.kind === 'made' ? content.recipe.withData : content.withData;

/** Identifies the content as uploaded or generated. Reloads, and exports without data, keep it. */
export const originOf = (content: Content) => (content.kind === 'made' ? content.recipe.seed : content.path);

export function dropData(content: Content): Content {
  if (content.kind === 'made') return { ...content, recipe: withoutData(content.recipe) };
  return { ...content, size: Math.min(content.size, fileSizeWithoutData), withData: false };
}

/** The content of an app that keeps its own data and gets everything else of `content`. */
export function withDataOf(content: Content, own: Content): Content {
  const withData = hasData(own);
  if (content.kind === 'file') return { ...content, withData };
  return { ...content, recipe: { ...content.recipe, withData, size: contentSize(own) } };
}

/** The content with this description and these objects; an uploaded file stays unchanged. */
export function written(content: Content, description: string, parts: readonly Part[]): Content {
  if (content.kind === 'file') return content;
  return { ...content, recipe: { ...content.recipe, description, parts: [...parts] } };
}

/** The first `length` bytes that the recipe generates. */
export function* madeBytes(recipe: Recipe, length = sizeOf(recipe)): Generator<Buffer> {
  const made = make(recipe);
  for (let offset = 0; offset < length; offset += pieceSize) {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, length - offset));
    made.fill(piece, offset);
    yield piece;
  }
}

export async function* contentBytes(content: Content): AsyncGenerator<Buffer> {
  if (content.kind === 'made') yield* madeBytes(content.recipe);
  else if (content.size > 0) yield* createReadStream(content.path, { end: content.size - 1 });
}

const digests = new Map<string, Promise<string>>();

/**
 * The content's sha256, in hexadecimal. A recipe always makes the same bytes, so each recipe is digested once per
 * process: tests compare the same few apps again and again, and making the bytes took a sixth of their time.
 */
export function contentDigest(content: Content): Promise<string> {
  if (content.kind === 'file') return digestOf(content);
  const key = hash('sha256', JSON.stringify(content.recipe));
  const known = digests.get(key) ?? digestOf(content);
  digests.set(key, known);
  return known;
}

async function digestOf(content: Content): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of contentBytes(content)) digest.update(piece);
  return digest.digest('hex');
}
