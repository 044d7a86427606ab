/** The result of a check: one or two sentences, with the next step. */
export interface Finding {
  level: 'ok' | 'warning' | 'problem';
  what: string;
}

export const ok = (what: string): Finding => ({ level: 'ok', what });
export const warning = (what: string): Finding => ({ level: 'warning', what });
export const problem = (what: string): Finding => ({ level: 'problem', what });

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
