const { appendFileSync, readFileSync } = require('node:fs');
const assert = require('node:assert/strict');

const { INPUT_METHOD, INPUT_EXPORTENV, INPUT_SECRETS, VAULT, GITHUB_OUTPUT } = process.env;
assert.equal(INPUT_METHOD, 'jwt');
assert.equal(INPUT_EXPORTENV, 'false');
const kept = JSON.parse(readFileSync(VAULT, 'utf8'));
for (const line of INPUT_SECRETS.split(';').filter(one => one.trim() !== '')) {
  const [, path, key, name] = /^\s*(\S+) (\S+) \| (\w+)\s*$/.exec(line);
  const value = kept[path][key];
  for (const part of value.trim().split('\n')) process.stdout.write(`::add-mask::${part}\n`);
  appendFileSync(GITHUB_OUTPUT, `${name}<<END_OF_SECRET\n${value}\nEND_OF_SECRET\n`);
}
