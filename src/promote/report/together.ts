import { capital } from '../../base/finding.ts';

/** A text about one app. */
export interface Sentence {
  app: string;
  text: string;
}

/** The most apps to name for one text. */
const NAMED = 5;

/** Says each text once for all its apps. `say` joins apps and text. Pure. */
export function together(
  sentences: readonly Sentence[],
  say: (apps: readonly string[], text: string) => string = (apps, text) =>
    `${capital(appsCalled(apps))}: ${text}`,
): string[] {
  const apps = new Map<string, string[]>();
  for (const { app, text } of sentences) {
    const known = apps.get(text);
    if (known) known.push(app);
    else apps.set(text, [app]);
  }
  return [...apps].map(([text, names]) => say(names, text));
}

/** `app "Sales"`, `40 apps ("Sales", "Stock", …)`. Pure. */
export function appsCalled(names: readonly string[]): string {
  const quoted = names.map(name => `"${name}"`);
  if (names.length === 1) return `app ${quoted[0]}`;
  const more = names.length > NAMED ? ', …' : '';
  return `${names.length} apps (${quoted.slice(0, NAMED).join(', ')}${more})`;
}
