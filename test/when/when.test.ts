import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../../src/qrs/entities.ts';
import { unmet, type When, whenSchema } from '../../src/when/when.ts';

const ID = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const named = (name: string) => ({ id: ID, name });

function app({ published = true, tags = [], properties = {} }: Carries): App {
  return {
    id: ID,
    name: 'Demo Build',
    createdDate: '2026-11-22T10:00:00.000Z',
    modifiedDate: '2026-11-22T10:00:00.000Z',
    modifiedByUserName: '',
    published,
    description: '',
    lastReloadTime: '',
    tags: tags.map(named),
    customProperties: Object.entries(properties).flatMap(([name, values]) =>
      values.map(value => ({ value, definition: named(name) })),
    ),
  };
}

interface Carries {
  published?: boolean;
  tags?: string[];
  properties?: Record<string, string[]>;
}

interface Row {
  when: unknown;
  carries: Carries;
  /** None: the app meets it. */
  reasons: string[];
}

const ROWS: Row[] = [
  { when: {}, carries: { published: false }, reasons: [] },
  { when: { published: true }, carries: {}, reasons: [] },
  { when: { published: true }, carries: { published: false }, reasons: ['it is not published'] },
  { when: { published: false }, carries: {}, reasons: ['it is published'] },
  { when: { published: false }, carries: { published: false }, reasons: [] },
  {
    when: { properties: { Approval: 'Approve' } },
    carries: { properties: { Approval: ['Approve'] } },
    reasons: [],
  },
  {
    when: { properties: { Approval: 'Approve' } },
    carries: {},
    reasons: ['its property Approval is empty, not "Approve"'],
  },
  {
    when: { properties: { Approval: ['Approve', 'Force'] } },
    carries: { properties: { Approval: ['Deny', 'Later'] } },
    reasons: ['its property Approval is "Deny", "Later", not "Approve" or "Force"'],
  },
  {
    when: { properties: { Approval: ['Approve', 'Force'] } },
    carries: { properties: { Approval: ['Later', 'Force'] } },
    reasons: [],
  },
  {
    // Not the other way round: the value of one property is nothing to another.
    when: { properties: { Approval: 'Approve' } },
    carries: { properties: { Approval: ['Deny'], Other: ['Approve'] } },
    reasons: ['its property Approval is "Deny", not "Approve"'],
  },
  {
    when: { properties: { Approval: 'Approve' } },
    carries: { properties: { Approval: ['approve'] } },
    reasons: ['its property Approval is "approve", not "Approve"'],
  },
  {
    when: { properties: { A: 'x', B: 'y' } },
    carries: { properties: { A: ['x'] } },
    reasons: ['its property B is empty, not "y"'],
  },
  { when: { tags: { has: ['release'] } }, carries: { tags: ['release', 'x'] }, reasons: [] },
  { when: { tags: { has: ['release'] } }, carries: {}, reasons: ['it lacks the tag "release"'] },
  {
    when: { tags: { has: ['release'] } },
    carries: { tags: ['Release'] },
    reasons: ['it lacks the tag "release"'],
  },
  { when: { tags: { lacks: ['frozen'] } }, carries: { tags: ['release'] }, reasons: [] },
  {
    when: { properties: { A: ['Approve', 'Deny'] } },
    carries: { properties: { A: ['Approve', 'Deny'] } },
    reasons: [],
  },
  {
    when: { properties: { A: { is: 'Approve', not: 'Deny' } } },
    carries: { properties: { A: ['Approve', 'Deny'] } },
    reasons: ['its property A is "Deny"'],
  },
  {
    when: { properties: { A: { is: ['Approve', 'Force'], not: ['Deny'] } } },
    carries: { properties: { A: ['Force'] } },
    reasons: [],
  },
  {
    when: { properties: { A: { is: 'Approve', not: 'Deny' } } },
    carries: {},
    reasons: ['its property A is empty, not "Approve"'],
  },
  { when: { properties: { A: { not: 'Deny' } } }, carries: {}, reasons: [] },
  {
    when: { tags: { lacks: ['frozen'] } },
    carries: { tags: ['frozen'] },
    reasons: ['it has the tag "frozen"'],
  },
  {
    when: { published: true, properties: { A: 'x' }, tags: { has: ['release'], lacks: ['frozen'] } },
    carries: { published: false, tags: ['frozen'] },
    reasons: [
      'it is not published',
      'its property A is empty, not "x"',
      'it lacks the tag "release"',
      'it has the tag "frozen"',
    ],
  },
];

for (const { when, carries, reasons } of ROWS) {
  test(`when ${JSON.stringify(when)} and ${JSON.stringify(carries)}`, () => {
    const parsed: When = whenSchema.parse(when);
    assert.deepEqual(unmet(parsed, app(carries)), reasons);
  });
}

const WRONG: [unknown, RegExp][] = [
  [{ publised: true }, /published/],
  [{ published: 'yes' }, /boolean/],
  [{ properties: ['A'] }, /must be a mapping of properties to values/],
  [{ properties: { A: [] } }, /must name at least one value/],
  [{ properties: { A: { isnt: 'x' } } }, /must be a value, a list of values, or is: … and not: …|isnt/],
  [{ properties: { A: {} } }, /must say what it is, or is not/],
  [{ tags: ['release'] }, /must be a mapping/],
  [{ tags: { has: 'release' } }, /array/],
  [{ tags: { lacks: [''] } }, /must not be empty/],
];

for (const [when, says] of WRONG) {
  test(`when ${JSON.stringify(when)} is not understood`, () => {
    const { error } = whenSchema.safeParse(when);
    assert.match(JSON.stringify(error?.issues), says);
  });
}
