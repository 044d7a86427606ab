import type { Answer } from './answer.ts';

/** Session cookies by name, whatever a proxy calls them, kept for the run (docs/qrs.md 2.2). */
export interface Cookies {
  keep(answer: Answer): void;
  /** The header, if there is a cookie. */
  header(): { cookie?: string };
  clear(): void;
}

export function cookieJar(): Cookies {
  const cookies = new Map<string, string>();
  return {
    keep({ headers }) {
      for (const line of [headers['set-cookie'] ?? []].flat()) {
        const [pair = '', ...attributes] = line.split(';');
        const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
        const over = attributes.some(text => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(text));
        if (value.trim() === '' || over) cookies.delete(name.trim());
        else cookies.set(name.trim(), value.trim());
      }
    },
    header() {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      return cookie === '' ? {} : { cookie };
    },
    clear: () => cookies.clear(),
  };
}
