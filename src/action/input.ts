import type { Environment } from '../base/environment.ts';
import type { InputName } from '../entry/given.ts';

/** The action's inputs besides those of every entry. */
type Name = InputName | 'comment' | 'github-token';

/** The text of an input as the runner passes it. Lines of YAML keep their indentation. */
export function inputsIn(environment: Environment): (name: Name) => string {
  return name => {
    const value = environment[`INPUT_${name.toUpperCase()}`] ?? '';
    return value.includes('\n') && value.trim() !== '' ? value : value.trim();
  };
}

/** The name of an input in sentences. */
export function called(name: InputName): string {
  return `Input "${name}"`;
}
