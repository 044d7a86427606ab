import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharing } from '../../src/qrs/apps/sharing.ts';
import { surveyedAppSchema } from '../../src/qrs/entities.ts';

const STREAM = { id: '11111111-0000-4000-8000-000000000001', name: 'Finance' };
const OWNER = { id: '22222222-0000-4000-8000-000000000001', userDirectory: 'COMPANY', userId: 'anna' };
const given = (number: number, more = {}) => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  name: 'Sales',
  modifiedDate: `2026-11-2${number}T10:00:00.000Z`,
  published: true,
  description: 'From dev',
  thumbnail: '/appcontent/1.png',
  stream: STREAM,
  owner: OWNER,
  ...more,
});

test('sharing: an app keeps what is its own, and nothing that a survey does not use', () => {
  const schema = surveyedAppSchema.transform(sharing());
  const tags = [{ id: '33333333-0000-4000-8000-000000000001', name: 'release' }];
  const [one, other] = [given(1), given(2, { name: 'Stock', tags, owner: null })].map(app =>
    schema.parse(structuredClone(app)),
  );
  assert.ok(one && other && !('thumbnail' in one));
  assert.deepEqual([one.name, one.modifiedDate, one.tags], ['Sales', '2026-11-21T10:00:00.000Z', []]);
  assert.deepEqual([other.name, other.tags, other.owner], ['Stock', tags, null]);
  assert.deepEqual([one.stream, one.owner], [STREAM, OWNER]);
  assert.equal(one.stream, other.stream, 'one object for both');
});

test('sharing: what apps of two surveys have in common is not mixed up', () => {
  const [first, second] = [sharing(), sharing()];
  const parse = (stream: object) => surveyedAppSchema.parse(given(1, { stream }));
  assert.equal(first(parse(STREAM)).stream?.name, 'Finance');
  assert.equal(second(parse({ ...STREAM, name: 'Sales' })).stream?.name, 'Sales');
});
