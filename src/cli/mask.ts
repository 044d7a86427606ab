import type { Environment } from '../base/environment.ts';

/**
 * The lines that make a CI system hide a secret in the output of later steps; undefined where no system reads such
 * lines, because they would show the secret.
 */
export function maskingIn(environment: Environment): ((secret: string) => string[]) | undefined {
  if (environment.GITHUB_ACTIONS === 'true') return secret => [`::add-mask::${escaped(secret, '%25')}`];
  // Azure DevOps compares line by line, and sets TF_BUILD to True.
  if (environment.TF_BUILD?.toLowerCase() === 'true') return secret => linesOf(secret).map(setSecret);
  return undefined;
}

function setSecret(line: string): string {
  return `##vso[task.setsecret]${escaped(line, '%AZP25')}`;
}

/** Leaves out lines that are short, or the same in every PEM file: hiding them would hide half of the log. */
function linesOf(secret: string): string[] {
  return secret.split(/\r?\n/).filter(line => line.trim().length >= 6 && !line.startsWith('-----'));
}

function escaped(text: string, percent: string): string {
  return text.replaceAll('%', percent).replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
