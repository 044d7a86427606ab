import type { App } from '../../qrs/entities.ts';
import { readStamp } from '../stamp.ts';
import type { Edit } from './ledger.ts';

/**
 * Undoes edits of an app, the last one first. A field that an edit changed is put back where nobody has changed it
 * since; all other fields stay, so an edit that never arrived changes nothing. Pure.
 */
export function withoutEdits(now: App, edits: readonly Edit[]): App {
  return edits.reduceRight(withoutEdit, now);
}

/** `from` and `to` are the app right before and after the edit. */
function withoutEdit(now: App, { from, to }: Edit): App {
  const tags = now.tags.filter(tag => has(from.tags, tag) || !has(to.tags, tag));
  const owner = now.owner?.id === to.owner?.id ? from.owner : now.owner;
  return {
    ...now,
    name: now.name === to.name ? from.name : now.name,
    description: withoutStamp(now.description, from.description, to.description),
    tags,
    customProperties: propertiesWithout(now, { from, to }),
    ...(owner ? { owner } : {}),
  };
}

function has(tags: App['tags'], wanted: { id: string }): boolean {
  return tags.some(({ id }) => id === wanted.id);
}

/** A text that somebody has edited since keeps the edit, and gets the earlier stamp instead of ours. */
function withoutStamp(now: string, from: string, to: string): string {
  const text = linesIn(now).filter(line => !isOurs(line, to));
  if (text.length === linesIn(now).length) return now === to ? from : now;
  if (text.join('\n') === textOf(to).join('\n')) return from;
  return [...text, ...linesIn(from).filter(isStamp)].join('\n');
}

function linesIn(text: string): string[] {
  return text.split('\n');
}

function textOf(text: string): string[] {
  return linesIn(text).filter(line => !isStamp(line));
}

function isStamp(line: string): boolean {
  return readStamp(line) !== undefined;
}

/** The stamp line that was written; its "not yet reloaded" may have changed since. */
function isOurs(line: string, written: string): boolean {
  const [one, other] = [readStamp(line), readStamp(written)];
  return one !== undefined && one.app === other?.app && one.modified === other.modified;
}

/** For each property: the earlier values, where the app still has the written ones. */
function propertiesWithout({ customProperties: now }: App, { from, to }: Edit): App['customProperties'] {
  const names = [...from.customProperties, ...to.customProperties].map(({ definition }) => definition.name);
  const mine = [...new Set(names)].filter(name => {
    const written = valuesText(to.customProperties, name);
    return valuesText(from.customProperties, name) !== written && valuesText(now, name) === written;
  });
  const isMine = ({ definition }: App['customProperties'][number]) => mine.includes(definition.name);
  return [...now.filter(row => !isMine(row)), ...from.customProperties.filter(isMine)];
}

function valuesText(rows: App['customProperties'], name: string): string {
  const values = rows.filter(({ definition }) => definition.name === name).map(({ value }) => value);
  return JSON.stringify(values.sort());
}
