import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

// Prints the bill of materials of what is bundled, the same each time for the same commit: npm puts a random serial
// number, the time and the name of the folder into it.
const text = execFileSync(
  'npm',
  [
    'sbom',
    '--omit',
    'dev',
    '--package-lock-only',
    '--sbom-format',
    'cyclonedx',
    '--sbom-type',
    'application',
  ],
  { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
);
const { serialNumber: _, ...sbom } = JSON.parse(text);
const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
const committed = execFileSync('git', ['log', '-1', '--format=%cI'], { encoding: 'utf8' }).trim();
sbom.metadata.timestamp = new Date(committed).toISOString();
sbom.metadata.component.name = name;
process.stdout.write(`${JSON.stringify(sbom, undefined, 2)}\n`);
