import type { HttpResponse } from '../answer.ts';

/** Session cookies of any name, kept for the run (docs/qrs.md 2.2). */
export interface Cookies {
  keep(answer: Pick<HttpResponse, 'headers'>): void;
  /** The header, if there is a cookie. */
  header(): { cookie?: string };
  values(): Iterable<string>;
  clear(): void;
}

export function cookieJar(): Cookies {
  const cookies = new Map<string, string>();
  return {
    keep({ headers }) {
      for (const line of [headers['set-cookie'] ?? []].flat()) {
        const [pair = '', ...attributes] = line.split(';');
        const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
        if (value.trim() === '' || isOver(attributes)) cookies.delete(name.trim());
        else cookies.set(name.trim(), value.trim());
      }
    },
    header() {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      return cookie === '' ? {} : { cookie };
    },
    values: () => cookies.values(),
    clear: () => cookies.clear(),
  };
}

/** Max-Age takes precedence over Expires (RFC 6265, 5.3). */
function isOver(attributes: readonly string[]): boolean {
  const named = (name: RegExp) => attributes.find(text => name.test(text))?.replace(name, '');
  const age = named(/^\s*max-age\s*=\s*/i);
  if (age !== undefined && /^-?\d+\s*$/.test(age)) return Number(age) <= 0;
  return Date.parse(named(/^\s*expires\s*=\s*/i) ?? '') <= Date.now();
}
