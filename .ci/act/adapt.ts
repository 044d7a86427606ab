/** Where the examples say that sites, a relay's GitHub, and other services are, and where they are in this run. */
export type Places = Readonly<Record<string, string>>;

export interface Adapted {
  text: string;
  /** A sentence for each difference from the example. */
  said: string[];
}

/** What act does not know, and what is not on this machine, is changed in a copy of the example; nothing else is. */
export function adapt(example: string, places: Places): Adapted {
  const said: string[] = [];
  let text = example;
  const change = (pattern: RegExp | string, replacement: string, why: string) => {
    const changed = text.replaceAll(pattern, replacement);
    if (changed !== text) said.push(why);
    text = changed;
  };
  change(/^ +queue: max.*\n/gm, '', 'queue: max is left out, as act refuses the key');
  for (const [there, here] of Object.entries(places)) change(there, here, `${there} is ${here}`);
  change(
    'company/qlik-workflows/.github/workflows/promote.yml@main',
    './.github/workflows/promote.yml',
    'the workflow of another repository is called from this one',
  );
  if (/^ +environment:/m.test(text))
    said.push('act knows no environments: nobody approves, all secrets are one set');
  if (/\bgh (issue|auth) /.test(text)) said.push('gh is a stand-in');
  if (/^ *concurrency:/m.test(text)) said.push('act knows no concurrency groups');
  for (const [, name = ''] of example.matchAll(/uses: ([\w.-]+\/[\w.-]+)@[0-9a-f]{40}/g)) {
    const how = name === 'actions/checkout' ? 'is done by act, from a folder' : 'is a stand-in';
    if (!said.includes(`${name} ${how}`)) said.push(`${name} ${how}`);
  }
  return { text, said };
}
