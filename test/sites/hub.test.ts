import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSites } from '../../src/sites/sites.ts';
import { token } from '../ways-in.ts';

const ROWS: [string, string, string | undefined][] = [
  ['hub: https://qlik.company.com', 'url: https://qlik-1:4242', 'https://qlik.company.com'],
  ['hub: https://qlik.company.com/sales/hub/', 'url: https://qlik-1:4242', 'https://qlik.company.com/sales'],
  ['', 'url: https://qlik.company.com/jwt', 'https://qlik.company.com/jwt'],
  ['hub: ${HUB}', 'url: https://qlik.company.com/jwt', 'https://hub.company.com'],
];
for (const [hub, url, expected] of ROWS) {
  test(`hub: ${hub || 'not given'}, of ${url}`, () => {
    const given = { environment: { HUB: 'https://hub.company.com' }, secret: () => {} };
    const text = ['dev:', `  ${url}`, `  jwt: ${token()}`, ...(hub ? [`  ${hub}`] : [])].join('\n');
    assert.equal(readSites({ from: 'sites', text }, given)[0]?.hub, expected);
  });
}
