import { capital } from '../../base/finding.ts';

/** A text that holds for an app. */
export interface Sentence {
  app: string;
  text: string;
}

/** So many apps are named for which one text holds. */
const NAMED = 5;

/** Says each text once, for all the apps that it holds for. `say` puts apps and text together. Pure. */
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
