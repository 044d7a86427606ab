/**
 * Writes control characters, line separators and direction marks as `\u…`: unescaped, they could move the cursor of a
 * terminal, forge a line or reverse the text. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\r\t]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu,
    letter => `\\u${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** A foreign text on one line, and not too long. */
export function brief(text: string): string {
  const line = visible(text.replace(/\s+/gu, ' ')).trim();
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
