/** What is to be said of an app. */
export interface AppSentence {
  app: string;
  text: string;
}

/** So many apps are named for which one sentence holds. */
const NAMED = 5;

/** A sentence for each thing, said once for all the apps that it holds for. Pure. */
export function together(sentences: readonly AppSentence[]): string[] {
  const apps = new Map<string, string[]>();
  for (const { app, text } of sentences) apps.set(text, [...(apps.get(text) ?? []), app]);
  return [...apps].map(([text, names]) => `${called(names)}: ${text}`);
}

function called(names: readonly string[]): string {
  const quoted = names.map(name => `"${name}"`);
  if (names.length === 1) return `App ${quoted[0]}`;
  const more = names.length > NAMED ? ', …' : '';
  return `${names.length} apps (${quoted.slice(0, NAMED).join(', ')}${more})`;
}
