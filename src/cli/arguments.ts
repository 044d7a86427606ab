import { parseArgs } from 'node:util';
import { InputError, messageOf } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { SCHEMAS, type SchemaName } from './schemas.ts';
import { COMMANDS, type Command, HELP, USAGE } from './usage.ts';

export interface CliArguments {
  command: Command;
  /** The words after the command. */
  words: readonly string[];
  sites: string;
  dryRun: boolean;
  app: string | undefined;
  spec: string | undefined;
  request: string | undefined;
  write: string | undefined;
  report: string | undefined;
  json: boolean;
  verbose: boolean;
  summary: string | undefined;
  envFiles: readonly string[];
}

/** A text to show, instead of work to do. */
export type CliPage =
  | { show: 'version' }
  | { show: 'help'; text: string }
  | { show: 'schema'; name: SchemaName };

/** The command line is wrong. */
export class UsageError extends InputError {
  override name = 'UsageError';
}

const OPTIONS = {
  sites: { type: 'string' },
  'env-file': { type: 'string', multiple: true },
  summary: { type: 'string' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  app: { type: 'string' },
  spec: { type: 'string' },
  request: { type: 'string' },
  write: { type: 'string' },
  report: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const EVERYWHERE = ['sites', 'env-file', 'summary', 'json', 'verbose'];
/** The further options of a command, and the name of its one argument; other commands take any number. */
const TAKES: Readonly<Record<Command, { options: readonly string[]; word: string | undefined }>> = {
  promote: { options: ['dry-run', 'app'], word: 'SPEC' },
  reload: { options: ['dry-run'], word: 'REQUEST' },
  check: { options: ['spec', 'request', 'app', 'write', 'report'], word: undefined },
};

/** Reads the command line: what to do, or a text to show. Throws UsageError with every problem. */
export function readArguments(args: readonly string[]): CliArguments | CliPage {
  const { values, positionals } = parsed(args);
  const [first, ...words] = positionals;
  const command = COMMANDS.find(name => name === first);
  if (values.version) return { show: 'version' };
  if (values.help || first === 'help') return { show: 'help', text: helpOf(command ?? words[0]) };
  if (first === 'schema') return { show: 'schema', name: schemaCalled(words) };
  if (!command) throw new UsageError([unknownCommand(first), 'See qrs-action --help.']);
  const problems = [...strangers(command, Object.keys(values)), ...wrongWords(command, words)];
  const { sites } = values;
  if (sites === undefined)
    problems.push('--sites FILE is missing: the sites and their credentials, as YAML.');
  if (sites === undefined || problems.length > 0) {
    throw new UsageError([...problems, `See qrs-action ${command} --help.`]);
  }
  return {
    command,
    words,
    sites,
    dryRun: values['dry-run'] ?? false,
    app: values.app,
    spec: values.spec,
    request: values.request,
    write: values.write,
    report: values.report,
    json: values.json ?? false,
    verbose: values.verbose ?? false,
    summary: values.summary,
    envFiles: values['env-file'] ?? [],
  };
}

function schemaCalled([word, ...more]: readonly string[]): SchemaName {
  const name = SCHEMAS.find(one => one === word);
  if (name !== undefined && more.length === 0) return name;
  throw new UsageError(`schema takes one name: ${SCHEMAS.join(', ')}.`);
}

function helpOf(called: string | undefined): string {
  const command = COMMANDS.find(name => name === called);
  return command ? HELP[command] : USAGE;
}

function strangers(command: Command, given: readonly string[]): string[] {
  const taken = [...EVERYWHERE, ...TAKES[command].options];
  return given.filter(name => !taken.includes(name)).map(name => `${command} takes no --${name}.`);
}

function wrongWords(command: Command, words: readonly string[]): string[] {
  const { word } = TAKES[command];
  if (word === undefined || words.length === 1) return [];
  return [
    words.length === 0
      ? `${command}: ${word} is missing.`
      : `${command} takes one ${word}; found ${words.length}.`,
  ];
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError([explained(messageOf(error)), 'See qrs-action --help.']);
  }
}

const WORDS = [...COMMANDS, 'schema'];

function unknownCommand(word: string | undefined): string {
  if (word === undefined) return `Say what to do: ${WORDS.join(', ')}.`;
  const near = nearest(word, WORDS);
  return `There is no command "${word}".${near ? ` Did you mean "${near}"?` : ''}`;
}

/** Removes Node's advice to pass an unknown option as a positional argument, which users hardly want. */
function explained(said: string): string {
  const [, option = ''] = /^Unknown option '--([^']*)'/.exec(said) ?? [];
  const near = nearest(option, Object.keys(OPTIONS));
  const first = said.replace(/ To specify a positional argument.*/s, '');
  return near ? `${first} Did you mean --${near}?` : first;
}
