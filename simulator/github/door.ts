import type { IncomingHttpHeaders } from 'node:http';
import { No } from './answers.ts';

const versions = ['2022-11-28', '2026-03-10'];

/** The two headers that GitHub checks before anything else. */
export function checkDoor(headers: IncomingHttpHeaders) {
  const no = reasonAgainst(headers);
  return {
    problems: no ? [no.message] : [],
    enter() {
      if (no) throw no;
    },
  };
}

function reasonAgainst(headers: IncomingHttpHeaders): No | undefined {
  if (!headers['user-agent'])
    return new No(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
    );
  const version = headers['x-github-api-version'];
  if (version === undefined || (typeof version === 'string' && versions.includes(version))) return undefined;
  const known = versions.map(one => `"${one}"`).join(', ');
  return new No(
    400,
    `Bad Request: The version you specified in the "X-GitHub-Api-Version" request header, "${String(version)}", is not a supported version. The following versions are currently supported: ${known}.`,
  );
}
