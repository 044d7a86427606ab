export const say = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};

export function title(text: string): void {
  say(`\n━━ ${text} ${'━'.repeat(Math.max(3, 96 - text.length))}\n`);
}

/** What another program wrote, set off from what the demo says. */
export function quote(text: string): void {
  for (const line of text.trim().split('\n')) say(`  │ ${line}`);
}

export function expect(what: string, right: boolean): void {
  if (!right) throw new Error(`The demo went wrong: ${what}`);
}
