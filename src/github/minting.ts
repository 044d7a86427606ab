import type { GitHubCredential } from './credentials.ts';
import { nameOf } from './credentials.ts';
import type { Fault } from './refusal.ts';

/** What it means when GitHub makes no token for an App (docs/github.md 7). */
export function meaningOfNoToken(
  credential: GitHubCredential,
  repository: string,
  status: number,
  message: string,
): { fault: Fault; hint: string } {
  const app = nameOf(credential);
  const installation = credential.kind === 'app' ? credential.installation : '';
  if (status === 422 && /permission/i.test(message)) {
    return {
      fault: 'repository',
      hint: `Installation ${installation} of ${app} lacks Contents: write (not Actions: write): give it to the App under Permissions & events, and let the owner accept it.`,
    };
  }
  if (status === 422) {
    return {
      fault: 'repository',
      hint: `Most likely ${repository} is not among the repositories of installation ${installation} of ${app}: add it under Settings > GitHub Apps of the owner.`,
    };
  }
  if (/suspended/i.test(message)) {
    return {
      fault: 'credential',
      hint: `Somebody suspended installation ${installation} of ${app}: end that under Settings > GitHub Apps of the owner.`,
    };
  }
  if (/integration not found/i.test(message)) {
    return {
      fault: 'credential',
      hint: `There is no such App at this GitHub: is its id, or client id, written right?`,
    };
  }
  if (status === 404) {
    return {
      fault: 'credential',
      hint: `${capital(app)} has no installation ${installation}: its number stands at the end of the address of its page under Settings > GitHub Apps of the owner.`,
    };
  }
  return {
    fault: 'credential',
    hint: `Does the key belong to ${app}, and is it still on the App's page under Private keys? Is this machine's clock right?`,
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
