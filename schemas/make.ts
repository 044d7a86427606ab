import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SCHEMAS, schemaOf } from '../src/cli/schemas.ts';

// Writes the JSON Schemas for editors: npm run schemas
for (const name of SCHEMAS) {
  const file = fileURLToPath(new URL(`${name}.schema.json`, import.meta.url));
  writeFileSync(file, `${JSON.stringify(schemaOf(name), undefined, 2)}\n`);
}
