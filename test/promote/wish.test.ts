import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSpec } from '../../src/promote/spec.ts';
import { nameThere, wishesOf } from '../../src/promote/survey/wish.ts';
import type { App } from '../../src/qrs/entities.ts';
import { plainSite } from '../plain-site.ts';

/** What an app wants, by the spec and by its own properties (docs/promotion.md). */

const SITES = [plainSite('dev'), plainSite('test', ['Abnahme - Nord']), plainSite('prod')];
const ID = '31ee79a6-0949-4175-ba0e-1866a60e3336';

const app = (properties: Record<string, string[]> = {}): App => ({
  id: ID,
  name: 'Sales',
  createdDate: '',
  modifiedDate: '',
  modifiedByUserName: '',
  published: true,
  stream: null,
  description: '',
  tags: [],
  customProperties: Object.entries(properties).flatMap(([name, values]) =>
    values.map(value => ({ value, definition: { id: ID, name } })),
  ),
  lastReloadTime: '',
});

const PROPERTIES = 'from: dev\nto: { properties: { server: Server, stream: Stream } }';
const destination = (text: string) => readSpec({ from: 'promote', text }).to;
const asked = (servers: string[], streams = ['Everyone'], spec = PROPERTIES) =>
  wishesOf(app({ Server: servers, Stream: streams, Other: ['Prod - Overwrite'] }), destination(spec), SITES);
const brief = ({ wishes }: ReturnType<typeof asked>) =>
  wishes.map(({ site: { name }, mode, streams }) => `${name} ${mode} ${streams.join()}`);

for (const [values, wanted] of [
  [['Test - Overwrite'], ['test overwrite Everyone']],
  [['test - duplicate'], ['test duplicate Everyone']],
  [['  TEST  -  OVERWRITE  '], ['test overwrite Everyone']],
  [['Abnahme - Nord - Overwrite'], ['test overwrite Everyone']],
  [
    ['Test - Overwrite', 'Prod - Duplicate'],
    ['test overwrite Everyone', 'prod duplicate Everyone'],
  ],
  [['Test - Overwrite', ' Test - Overwrite', 'Abnahme - Nord - Overwrite'], ['test overwrite Everyone']],
] as const) {
  test(`wish: a property with ${JSON.stringify(values)}`, () => {
    const found = asked([...values]);
    assert.deepEqual(brief(found), wanted);
    assert.deepEqual([found.asks, found.reason, found.refusals], [true, undefined, []]);
  });
}

for (const [values, refusals] of [
  [
    ['Moon - Overwrite'],
    [/^Server is "Moon - Overwrite", which names no site\. Known sites: dev, test, Abnahme - Nord, prod\.$/],
  ],
  [['Tst - Overwrite'], [/^Server is "Tst - Overwrite", which names no site\. Did you mean "test"\?/]],
  [
    ['Test'],
    [
      /^Server is "Test", which ends in neither " - Overwrite" nor " - Duplicate"; "test - Overwrite" would be right\.$/,
    ],
  ],
  [['Test - Disapproved overwrite list'], [/which names no site/]],
  [['Overwrite'], [/^Server is "Overwrite", which names no site/]],
  [
    ['Test - Overwrite', 'Test - Duplicate'],
    [/^Server asks for both modes on site "test"; keep one of the two values\.$/],
  ],
  [
    ['Moon - Overwrite', 'Mars'],
    [/"Moon - Overwrite"/, /"Mars"/],
  ],
] as const) {
  test(`wish: a property with ${JSON.stringify(values)} is refused in words`, () => {
    const found = asked([...values]);
    assert.equal(found.refusals.length, refusals.length, found.refusals.join('\n'));
    for (const [index, refusal] of refusals.entries()) assert.match(found.refusals[index] ?? '', refusal);
  });
}

test('wish: a value that is right stays, beside one that is not', () => {
  const found = asked(['Moon - Overwrite', 'Prod - Overwrite']);
  assert.deepEqual([brief(found), found.refusals.length], [['prod overwrite Everyone'], 1]);
});

test('wish: an app whose server property is empty asks for nothing', () => {
  for (const servers of [[], [''], ['   ']]) {
    const found = asked(servers);
    assert.deepEqual(found, {
      asks: false,
      wishes: [],
      reason: 'its property Server is empty',
      refusals: [],
    });
  }
});

test('wish: an app that asks without a stream still asks', () => {
  for (const streams of [[], [' ']]) {
    const found = asked(['Test - Overwrite'], streams);
    assert.deepEqual(found, {
      asks: true,
      wishes: [],
      reason: 'its property Stream names no stream',
      refusals: [],
    });
  }
});

test('wish: streams come without blanks around, each once, in their order', () => {
  assert.deepEqual(brief(asked(['Test - Overwrite'], ['Review ', 'Everyone', ' Review'])), [
    'test overwrite Review,Everyone',
  ]);
});

test('wish: a site that is not named is the default site, where the spec has one', () => {
  const spec = `${PROPERTIES.replace('stream: Stream }', 'stream: Stream }, default-site: Test')}`;
  for (const value of ['Overwrite', 'Moon - Overwrite'])
    assert.deepEqual(brief(asked([value], ['Everyone'], spec)), ['test overwrite Everyone'], value);
  assert.deepEqual(brief(asked(['Prod - Overwrite'], ['Everyone'], spec)), ['prod overwrite Everyone']);
  assert.match(asked(['Moon'], ['Everyone'], spec).refusals.join(), /"test - Overwrite" would be right/);
});

test('wish: without any site, an example names none', () => {
  const { refusals } = wishesOf(app({ Server: ['Test'], Stream: ['x'] }), destination(PROPERTIES), []);
  assert.match(refusals.join(), /which names no site/);
});

test('wish: targets of a spec are the same for every app', () => {
  const to = destination(
    'from: dev\nname: All\nto: [{ site: TEST, streams: [A, B] }, { site: prod, streams: [C], mode: duplicate, name: Own }]',
  );
  const found = wishesOf(app(), to, SITES);
  assert.deepEqual(brief(found), ['test overwrite A,B', 'prod duplicate C']);
  assert.deepEqual([found.asks, found.refusals], [true, []]);
  assert.deepEqual(
    found.wishes.map(wish => nameThere(app(), wish)),
    ['All', 'Own'],
  );
});

test('wish: targets that no site has, or a site has twice, are refused', () => {
  const to = destination(
    'from: dev\nto: [{ site: moon, streams: [A] }, { site: test, streams: [A] }, { site: Abnahme - Nord, streams: [B] }]',
  );
  const found = wishesOf(app(), to, SITES);
  assert.deepEqual(brief(found), ['test overwrite A']);
  const [unknown, twice] = found.refusals;
  assert.match(unknown ?? '', /^no site is called "moon"\. Known sites: dev, test/);
  assert.equal(twice, 'site "test" is a target twice.');
});

test('wish: an app keeps its own name where the spec gives none', () => {
  const [wish] = asked(['Test - Overwrite']).wishes;
  assert.equal(nameThere(app(), wish ?? assert.fail('no wish')), 'Sales');
});
