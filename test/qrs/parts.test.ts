import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchApps } from '../../src/qrs/apps/find.ts';
import { findObjects } from '../../src/qrs/apps/objects.ts';
import type { Qrs } from '../../src/qrs/connection.ts';
import { equals, equalsId } from '../../src/qrs/filter.ts';
import { onSite } from './receiver.ts';

const idOf = (at: number) => `31ee79a6-0949-4175-ba0e-${String(at).padStart(12, '0')}`;
const app = (at: number, more: object = {}) => ({
  id: idOf(at),
  name: `App ${at}`,
  createdDate: '2026-01-01T00:00:00.000Z',
  modifiedDate: '2026-01-01T00:00:00.000Z',
  published: false,
  ...more,
});

/** A site with so many apps, each of which says so much of itself; it tells what it was asked. */
async function onApps(
  large: (at: number) => number,
  apps: number,
  check: (qrs: Qrs, asked: string[]) => Promise<void>,
) {
  const asked: string[] = [];
  await onSite(
    (request, response) => {
      const url = new URL(request.url ?? '', 'https://site');
      const filter = url.searchParams.get('filter') ?? '';
      asked.push(`${url.pathname} ${filter}`);
      const wanted = Array.from({ length: apps }, (_, at) => at).filter(
        at => !filter.includes('id eq') || filter.includes(idOf(at)),
      );
      const full = url.pathname.endsWith('/full');
      const rows = wanted.map(at =>
        url.pathname.includes('object')
          ? { id: idOf(at), app: { id: idOf(at) }, filler: 'x'.repeat(large(at)) }
          : app(at, full ? { filler: 'x'.repeat(large(at)) } : {}),
      );
      response.setHeader('content-type', 'application/json').end(JSON.stringify(rows));
    },
    qrs => check(qrs, asked),
  );
}

const ids = (count: number) => Array.from({ length: count }, (_, at) => equalsId('id', idOf(at)));

test('parts: apps are asked for by the hundred', () =>
  onApps(
    () => 10,
    250,
    async (qrs, asked) => {
      const { found, odd } = await searchApps(qrs, { attempt: 'read apps' }, ids(250));
      assert.deepEqual([found.length, odd.length, asked.length], [250, 0, 3]);
    },
  ));

test('parts: a part that is too large is halved, and one app that is too large fails alone', () =>
  onApps(
    at => (at === 5 ? 17_000_000 : 300_000),
    100,
    async (qrs, asked) => {
      const { found, odd } = await searchApps(qrs, { attempt: 'read apps' }, ids(100));
      assert.equal(found.length, 99);
      assert.deepEqual(odd, [
        {
          id: idOf(5),
          name: undefined,
          problem: `what it says of app ${idOf(5)} alone is too large to be read`,
        },
      ]);
      assert.ok(asked.length < 20, String(asked.length));
    },
  ));

test('parts: where many apps meet one condition, they are listed in short and read by their ids', () =>
  onApps(
    at => (at === 7 ? 17_000_000 : 300_000),
    60,
    async (qrs, asked) => {
      const { found, odd } = await searchApps(qrs, { attempt: 'read apps' }, [equals('name', 'App')]);
      assert.equal(found.length, 59);
      assert.equal(odd[0]?.problem, `what it says of app "App 7" (${idOf(7)}) alone is too large to be read`);
      assert.equal(asked[1], "/qrs/app name eq 'App'");
    },
  ));

test('parts: the objects of twenty apps are asked for at a time', () =>
  onApps(
    () => 10,
    50,
    async (qrs, asked) => {
      const found = await findObjects(
        qrs,
        Array.from({ length: 50 }, (_, at) => idOf(at)),
      );
      assert.deepEqual([found.size, asked.length], [50, 3]);
    },
  ));
