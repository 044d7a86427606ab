import { capital } from '../../base/finding.ts';

/** A text about one app. */
export interface Sentence {
  app: string;
  text: string;
  /** The text without what only this app has, for several apps with the same one. Default: without the app's name. */
  shared?: string;
}

/** The most apps to name for one text. */
const NAMED = 5;

/** Says each text once for all its apps. `say` joins apps and text. Pure. */
export function together(
  sentences: readonly Sentence[],
  say: (apps: readonly string[], text: string) => string = (apps, text) =>
    `${capital(appsCalled(apps))}: ${text}`,
): string[] {
  const groups = Map.groupBy(sentences, ({ app, text, shared }) => shared ?? withoutName(text, app));
  return [...groups].flatMap(([shared, alike]) => {
    const apps = alike.map(({ app }) => app);
    const texts = [...new Set(alike.map(({ text }) => text))];
    const [only, another] = texts;
    if (only !== undefined && another === undefined) return [say(apps, only)];
    const [name, ...others] = new Set(apps);
    // Texts that differ, but are about one app, keep what differs.
    return others.length === 0 ? texts.map(text => say([name ?? ''], text)) : [say(apps, shared)];
  });
}

/** The text about any app, such as `refused to publish the app`. Pure. */
export function withoutName(text: string, app: string): string {
  return text.replaceAll(`app "${app}"`, 'the app');
}

/** `app "Sales"`, `40 apps ("Sales", "Stock", …)`. Pure. */
export function appsCalled(names: readonly string[]): string {
  const quoted = names.map(name => `"${name}"`);
  if (names.length === 1) return `app ${quoted[0]}`;
  const more = names.length > NAMED ? ', …' : '';
  return `${names.length} apps (${quoted.slice(0, NAMED).join(', ')}${more})`;
}
