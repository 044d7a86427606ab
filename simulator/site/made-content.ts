import { createCipheriv, createHash } from 'node:crypto';
import { z } from 'zod';

const partSchema = z.strictObject({
  engineObjectId: z.string(),
  objectType: z.string(),
  name: z.string(),
  description: z.string(),
  size: z.number().int().min(0),
  version: z.string(),
});

/** An object as a file holds it. */
export type Part = z.infer<typeof partSchema>;

const recipeSchema = z.strictObject({
  madeBy: z.literal('qrs-simulator'),
  seed: z.string(),
  size: z.number().int().min(0),
  withData: z.boolean(),
  name: z.string(),
  lastReloadTime: z.string(),
  description: z.string(),
  parts: z.array(partSchema),
});

/** All that the site stores of generated content; it makes the bytes when they are needed. */
export type Recipe = z.infer<typeof recipeSchema>;

export interface Made {
  /** In bytes, including the first line, which holds the recipe. */
  readonly length: number;
  /** Fills the whole buffer with the bytes from this offset on. */
  fill(target: Buffer, offset: number): void;
}

const blockSize = 64 * 1024;
const blocks = 16;
const stampSize = 8;
const longestHeader = 256 * 1024;

const header = (recipe: Recipe) => Buffer.from(`${JSON.stringify(recipe)}\n`);

export const sizeOf = (recipe: Recipe) => Math.max(recipe.size, header(recipe).length);

/** The content of the same app without its data. */
export const withoutData = (recipe: Recipe): Recipe => ({
  ...recipe,
  withData: false,
  size: Math.min(recipe.size, blockSize),
});

/**
 * Random-looking bytes from which all blocks are cut, as copying is the cheapest way to make bytes. At most a megabyte,
 * and no more than the content needs.
 */
function baseOf(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  const needed = Math.min(blocks, Math.ceil(size / blockSize));
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(blockSize * needed));
}

export function make(recipe: Recipe): Made {
  const head = header(recipe);
  const base = baseOf(recipe.seed, recipe.size);
  const stamp = Buffer.alloc(stampSize);

  /** Copies bytes of one block. Each block begins with its number, so that no two are equal. */
  function fillBlock(target: Buffer, done: number, at: number): number {
    const block = Math.floor(at / blockSize);
    const within = at % blockSize;
    const count = Math.min(blockSize - within, target.length - done);
    const from = (block % blocks) * blockSize + within;
    base.copy(target, done, from, from + count);
    if (within < stampSize) {
      stamp.writeBigUInt64BE(BigInt(block));
      stamp.copy(target, done, within, Math.min(stampSize, within + count));
    }
    return count;
  }

  function fill(target: Buffer, offset: number) {
    let done = offset < head.length ? head.copy(target, 0, offset) : 0;
    while (done < target.length) done += fillBlock(target, done, offset + done - head.length);
  }

  return { length: Math.max(recipe.size, head.length), fill };
}

/**
 * Reads the first line of a file: a recipe, `foreign`, or `incomplete` when more bytes are needed to tell.
 */
export function readRecipe(start: Buffer): Recipe | 'foreign' | 'incomplete' {
  const end = start.indexOf('\n');
  if (end < 0) return start[0] === 0x7b && start.length < longestHeader ? 'incomplete' : 'foreign';
  try {
    return recipeSchema.parse(JSON.parse(start.toString('utf8', 0, end)));
  } catch {
    return 'foreign';
  }
}
