import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AnyEntity } from '../../src/qrs/any-entity.ts';
import { payloadOf } from '../../src/relay/decide/payload.ts';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { waitingDelivery } from '../relay/changes.ts';
import { anyName } from './arbitrary.ts';

/** What GitHub takes as `client_payload` (docs/github.md): ten keys, and less than 65,535 of whatever it counts. */

const long = fc.oneof(
  anyName,
  fc.integer({ min: 0, max: 40_000 }).map(length => 'ä'.repeat(length)),
);
const id = fc.uuid();
const tags = fc.array(fc.record({ id, name: long }), { maxLength: 30 });
const rows = fc.array(fc.record({ value: long, definition: fc.record({ id, name: long }) }), {
  maxLength: 30,
});
const app: fc.Arbitrary<AnyEntity> = fc
  .record({ id, name: long, tags, customProperties: rows, stream: fc.option(fc.record({ id, name: long })) })
  .map(entity => ({
    kind: 'app',
    entity: {
      ...entity,
      createdDate: '',
      modifiedDate: '',
      modifiedByUserName: '',
      published: entity.stream !== null,
      description: '',
      lastReloadTime: '',
    },
  }));
const other: fc.Arbitrary<AnyEntity> = fc
  .record({ id, name: fc.option(long), tags, customProperties: rows })
  .map(entity => ({ kind: 'other', entity: { ...entity, modifiedDate: '', modifiedByUserName: '' } }));

/** The relay keeps so many names of properties, of at most so many letters each (src/relay/hear, src/relay/store). */
const changed = fc.array(fc.string({ unit: 'grapheme', maxLength: 100 }), { maxLength: 50 });
const delivery: fc.Arbitrary<Delivery> = fc
  .record({ id, object: id, changed, count: fc.nat(), first: fc.nat(), last: fc.nat() })
  .map(waitingDelivery);

test('payload: whatever an entity holds, GitHub takes it', () =>
  fc.assert(
    fc.property(delivery, fc.option(fc.oneof(app, other), { nil: undefined }), long, (one, watched, name) => {
      const payload = payloadOf({ delivery: one, watched, task: undefined, name });
      const text = JSON.stringify({ event_type: 'x'.repeat(100), client_payload: payload });
      assert.ok(Object.keys(payload).length <= 10);
      assert.ok(Buffer.byteLength(text) < 65_535, `${Buffer.byteLength(text)} bytes`);
      assert.equal(payload.delivery, one.id);
    }),
  ));
