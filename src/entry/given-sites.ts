import { InputError } from '../base/errors.ts';
import type { Around } from '../sites/check-sites.ts';
import type { Site } from '../sites/site.ts';
import { readSites } from '../sites/sites.ts';
import { type Given, SINGLE_SITE } from './given.ts';
import { textOrFile } from './text-or-file.ts';

/** The sites of the input "sites", or the one of "url" and its related inputs. Throws InputError with every problem. */
export function readGivenSites(given: Given, around: Around): Site[] {
  const single = SINGLE_SITE.filter(name => given.value(name) !== '');
  const beside = single.filter(name => name !== 'user');
  if (given.value('sites') !== '') {
    if (beside.length > 0) {
      throw new InputError(
        `Give either "sites" or, for one site, "url" and its kin; not both (${beside.join(', ')}).`,
      );
    }
    return readSites(textOrFile(given.called('sites'), given.value('sites')), around);
  }
  if (given.value('url') === '') {
    throw new InputError(
      'No site is given: fill in "sites" or, for one site, "url", "certificate", "key" and "ca".',
    );
  }
  const site = Object.fromEntries(single.map(name => [name, given.value(name)]));
  try {
    const text = JSON.stringify({ default: site });
    return readSites({ from: 'inputs', text }, { ...around, environment: {} });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const place = /^inputs(:\d+:\d+)?: ("default\.(?<key>[\w-]+)"|site "default":)/;
    throw new InputError(
      error.sentences.map(problem =>
        problem.replace(place, (...match) => {
          const { key } = match.at(-1);
          return key ? `Input "${key}"` : 'Inputs:';
        }),
      ),
    );
  }
}
