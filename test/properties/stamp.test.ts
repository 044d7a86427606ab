import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { creditOf } from '../../src/promote/credit.ts';
import { readStamp, reloaded, sameOrigin, stamp, unstamped } from '../../src/promote/stamp.ts';
import { DESCRIPTION_LIMIT } from '../../src/qrs/entities.ts';
import { anyName } from './arbitrary.ts';

/** Writing and reading a stamp are inverse for any description, site, version and credit. */

const digest = (letters: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: letters, maxLength: letters });
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const said = fc
  .record({
    site: anyName.map(name => name.replace(/[\r\n\u2028\u2029]/g, '') || 'dev'),
    app: fc.uuid(),
    modified: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map(date => date.toISOString()),
    digest: optional(digest(16)),
    data: fc.boolean(),
    at: digest(8),
    shown: optional(digest(16)),
    pending: fc.boolean(),
  })
  .map(({ digest: own, ...rest }) => ({ ...rest, ...(own === undefined ? {} : { digest: own }) }));
const description = fc.string({ unit: 'grapheme', maxLength: 600 });
const credit = fc
  .record({ run: fc.constantFrom('run-1', '4711-1-anna-2f3a'), actor: anyName })
  .map(({ run, actor }) => creditOf(run, { id: undefined, url: undefined, actor }));

test('stamp: what was written is read, under any description', () =>
  fc.assert(
    fc.property(description, said, credit, (text, origin, by) => {
      const whole = stamp(text, origin, by);
      const read = readStamp(whole) ?? assert.fail(whole);
      assert.ok(whole.length <= DESCRIPTION_LIMIT);
      assert.ok(sameOrigin(read, origin), `${whole}\n${JSON.stringify(read)}`);
      assert.deepEqual(
        [read.data, read.pending, read.shown, read.digest, read.at],
        [origin.data, origin.pending, origin.shown, origin.digest, origin.at],
      );
    }),
  ));

test("stamp: the author's text stays as it is, or is shortened at its end", () =>
  fc.assert(
    fc.property(description, said, credit, (text, origin, by) => {
      const own = unstamped(stamp(text, origin, by));
      const asked = unstamped(text);
      if (own === asked) return;
      assert.ok(own.endsWith('…'));
      assert.ok(asked.startsWith(own.slice(0, -1).trimEnd()));
    }),
  ));

test('stamp: a second one takes the place of the first', () =>
  fc.assert(
    fc.property(description, said, said, credit, (text, first, second, by) => {
      const once = stamp(text, first, by);
      assert.equal(stamp(once, first, by), once);
      assert.ok(sameOrigin(readStamp(stamp(once, second, by)), second));
    }),
  ));

test('stamp: once reloaded, it says the same without that', () =>
  fc.assert(
    fc.property(description, said, credit, (text, origin, by) => {
      const read = readStamp(reloaded(stamp(text, origin, by)));
      assert.equal(read?.pending, false);
      assert.ok(sameOrigin(read, origin));
    }),
  ));
