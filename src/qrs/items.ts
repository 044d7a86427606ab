const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LIST = 0x5b;
/** By how much a letter changes the depth of what follows. */
const DEEPER = new Int8Array(256);
for (const letter of '[{') DEEPER[letter.charCodeAt(0)] = 1;
for (const letter of ']}') DEEPER[letter.charCodeAt(0)] = -1;

/** Whether a JSON text is a list, by its first letter. */
export function isList(json: Buffer): boolean {
  return json[json.findIndex(letter => letter > 0x20)] === LIST;
}

/**
 * Parses the items of a JSON list one after the other. Parsed as a whole, the list would take ten times the memory of
 * its text until the last item is read. Throws SyntaxError for what is not JSON.
 */
export function* itemsOf(json: Buffer): Generator<unknown> {
  let from = json.indexOf(LIST) + 1;
  for (;;) {
    const end = endOfItem(json, from);
    const text = json.toString('utf8', from, end);
    const isEmptyList = json[end] !== COMMA && json[from - 1] === LIST && text.trim() === '';
    if (!isEmptyList) yield JSON.parse(text);
    from = end + 1;
    if (json[end] === COMMA) continue;
    // The parser refuses a list without an end, and anything behind it.
    JSON.parse(`[${json.toString('utf8', end)}`);
    return;
  }
}

/** Where the item ends that begins there: at a comma, or at the end of the list. */
function endOfItem(json: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; at += 1) {
    const letter = json[at] ?? 0;
    if (letter === QUOTE) at = endOfText(json, at);
    depth += DEEPER[letter] ?? 0;
    if (depth < 0 || (depth === 0 && letter === COMMA)) return at;
  }
  return json.length;
}

/** Where the text ends that begins there. */
function endOfText(json: Buffer, from: number): number {
  let at = from + 1;
  // A backslash escapes the character behind it.
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
