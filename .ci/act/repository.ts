import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { adapt, type Places } from './adapt.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');
export const STAND_INS = join(import.meta.dirname, 'stand-ins');
/** The repository that the examples name. */
export const REPOSITORY = 'company/qlik-events';

/** The paths of all example workflows in examples/, by their file names. */
const PATHS = new Map(
  ['workflows', 'shared'].flatMap(folder =>
    readdirSync(join(EXAMPLES, folder)).map(name => [name, join(EXAMPLES, folder, name)] as const),
  ),
);
export const workflows = () => [...PATHS.keys()];

/** The text of an example workflow, as it is in examples/. */
export function example(workflow: string): string {
  return readFileSync(PATHS.get(workflow) ?? workflow, 'utf8');
}

/** This action as it is in dist/, and a stand-in for each that cannot be had here, by the names in the examples. */
export function actionsIn(folder: string): Record<string, string> {
  const ours = join(folder, 'qrs-action');
  cpSync(join(ROOT, 'dist'), join(ours, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'action.yml'), join(ours, 'action.yml'));
  const others = workflows().flatMap(name => [
    ...example(name).matchAll(/uses: [\w.-]+\/([\w.-]+)@[0-9a-f]{40}/g),
  ]);
  const named = others
    .filter(([, name]) => name !== 'checkout')
    .map(([uses, name = '']) => [uses.replace('uses: ', ''), join(STAND_INS, name)]);
  return { 'qrs-action/qrs-action@v1': ours, 'company/qrs-action@v1': ours, ...Object.fromEntries(named) };
}

interface Prepared {
  repository: string;
  origin: string;
  places: Places;
}

/** Commits the examples as a repository has them, adapted. */
export function prepare({ repository, origin, places }: Prepared): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), adapt(text, places).text);
  };
  for (const name of workflows()) write(`.github/workflows/${name}`, example(name));
  for (const name of readdirSync(join(EXAMPLES, 'qlik')))
    write(`qlik/${name}`, readFileSync(join(EXAMPLES, 'qlik', name), 'utf8'));
  const git = (...words: string[]) => execFileSync('git', words, { cwd: repository });
  git('init', '--quiet', '--initial-branch', 'main');
  git('remote', 'add', 'origin', `https://github.com/${REPOSITORY}`);
  git('config', `url.${origin}.pushInsteadOf`, `https://github.com/${REPOSITORY}`);
  git('add', '--all');
  git(
    '-c',
    'user.name=Anna',
    '-c',
    'user.email=anna@company.com',
    'commit',
    '--quiet',
    '--message',
    'Examples',
  );
  git('clone', '--quiet', '--bare', repository, origin);
}
