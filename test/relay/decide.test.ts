import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyEntity } from '../../src/qrs/any-entity.ts';
import type { Status } from '../../src/qrs/execution-results.ts';
import type { Subscription } from '../../src/relay/config/settings.ts';
import { decide } from '../../src/relay/decide/decide.ts';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import type { Memory } from '../../src/relay/store/read.ts';
import { plainSite } from '../plain-site.ts';
import { waitingDelivery } from './changes.ts';

/** Which changes GitHub hears of, by what was notified, read and remembered (docs/relay.md, docs/qrs.md 7). */

const ID = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const AT = Date.parse('2026-11-22T10:00:00.000Z');
/** A notification may be so much later than its change. Ms. */
const SLACK = 1_000;

const SUBSCRIPTION: Subscription = {
  name: 'app-updated',
  site: plainSite('dev'),
  entity: 'App',
  changes: ['update', 'delete'],
  when: { properties: {}, tags: { has: [], lacks: [] } },
  ignoreUsers: ['COMPANY\\robot', 'INTERNAL\\sa_api'],
  send: { repository: 'acme/events', event: 'qlik-app-updated' },
  quiet: 5_000,
  maxWait: 60_000,
};
const DELIVERY = waitingDelivery({
  ...{ id: ID, subscription: 'app-updated', object: ID, first: AT, last: AT, date: AT, updated: AT },
  ...{ state: 'pending', unread: true, attempts: 0, payload: undefined },
});
const date = (ms: number) => new Date(ms).toISOString();
const app = (more: Record<string, unknown> = {}, modified = AT): AnyEntity => ({
  kind: 'app',
  entity: {
    id: ID,
    name: 'Sales',
    createdDate: '',
    modifiedDate: date(modified),
    modifiedByUserName: 'DOMAIN\\anna',
    published: true,
    stream: null,
    description: '',
    tags: [],
    customProperties: [],
    lastReloadTime: date(AT),
    ...more,
  },
});
const run = (status: Status, modified = AT): AnyEntity => ({
  kind: 'result',
  entity: {
    id: ID,
    status,
    startTime: '',
    stopTime: '',
    duration: 0,
    fileReferenceID: undefined,
    scriptLogAvailable: false,
    details: [],
    taskID: undefined,
    executionID: undefined,
    appID: undefined,
    modifiedDate: date(modified),
    modifiedByUserName: 'INTERNAL\\sa_scheduler',
  },
});
const MEMORY: Memory = { modified: AT - 60_000, mark: '', sent: true, name: 'Sales', met: true };

interface Case {
  subscription?: Partial<Subscription>;
  delivery?: Partial<Delivery>;
  watched?: AnyEntity | undefined;
  beyond?: AnyEntity;
  memory?: Partial<Memory>;
}

const decided = ({ subscription, delivery, watched, beyond, memory }: Case) =>
  decide({
    subscription: { ...SUBSCRIPTION, ...subscription },
    delivery: { ...DELIVERY, ...delivery },
    reading: { watched, beyond },
    memory: memory && { ...MEMORY, ...memory },
  });

/** The verdict in words: a look with its pause, or why it is unwanted. */
function said(given: Case): string {
  const verdict = decided(given);
  if (verdict.kind === 'look') return `look ${verdict.after}${verdict.as ? ` as ${verdict.as}` : ''}`;
  if (verdict.kind === 'unwanted') return verdict.reason;
  return verdict.late ? 'wanted, late' : 'wanted';
}

const ROWS: [what: string, given: Case, says: string][] = [
  ['a change that is read as notified', { watched: app() }, 'wanted'],
  ['a change since the last decision', { watched: app(), memory: {} }, 'wanted'],
  [
    'a change that was dispatched',
    { watched: app(), memory: { modified: AT } },
    'this change was dispatched already',
  ],
  [
    'a change that was decided, and not dispatched',
    { watched: app(), memory: { modified: AT, sent: false } },
    'this change was decided already',
  ],
  [
    'an entity without a date is never known',
    { watched: app({ modifiedDate: '' }), memory: { modified: 0 } },
    'wanted',
  ],
  ['an app that is gone', { watched: undefined }, 'look 2000'],
  ['an app that is gone, looked at twice', { watched: undefined, delivery: { looks: 1 } }, 'look 10000'],
  [
    'an app that stays away',
    { watched: undefined, delivery: { looks: 2 } },
    'there is no such App any more, or it may not be read',
  ],
  [
    'an app that stays away from a filter',
    { subscription: { filter: 'published eq true' }, watched: undefined, delivery: { looks: 2 } },
    'there is no such App any more, it may not be read, or does not meet the filter',
  ],
  [
    'an app beyond the filter',
    { watched: undefined, beyond: app(), delivery: { looks: 2 } },
    'it does not meet the filter',
  ],
  // The notification is later than what the site shows.
  ['a notification a second after its change', { watched: app({}, AT - SLACK) }, 'wanted'],
  ['a later one', { watched: app({}, AT - SLACK - 1) }, 'look 2000'],
  ['a later one, looked at twice', { watched: app({}, AT - SLACK - 1), delivery: { looks: 2 } }, 'wanted'],
  [
    'a later one, while the state is news itself',
    { watched: app({}, AT - SLACK - 1), memory: {} },
    'wanted, late',
  ],
  [
    'any later one of a state that was decided',
    { watched: app({}, AT - 1), memory: { modified: AT - 1 } },
    'look 2000',
  ],
  [
    'one of the date of a state that was decided',
    { watched: app(), memory: { modified: AT } },
    'this change was dispatched already',
  ],
  [
    'a notification without a date',
    { watched: app({}, AT - 60_001), delivery: { date: undefined } },
    'wanted',
  ],
  // By whom.
  [
    'a change of its own user',
    { watched: app({ modifiedByUserName: 'internal\\SA_API' }), delivery: { own: true } },
    'it was changed by internal\\SA_API',
  ],
  [
    'a change of its own user after that of another',
    { watched: app({ modifiedByUserName: 'INTERNAL\\sa_api' }), delivery: { own: false } },
    'wanted',
  ],
  ['a change by another user', { watched: app(), delivery: { own: true } }, 'wanted'],
  // What only helps to judge a deletion.
  [
    'what is remembered',
    { watched: app(), delivery: { change: 'remember' } },
    'it is remembered for its deletion',
  ],
  // A watched property.
  [
    'a property that is as it was, and nobody named it',
    {
      subscription: { property: 'lastReloadTime' },
      watched: app(),
      delivery: { certain: false },
      memory: { mark: date(AT) },
    },
    'lastReloadTime has not changed',
  ],
  [
    'a property that is as it was, and was named',
    { subscription: { property: 'lastReloadTime' }, watched: app(), memory: { mark: date(AT) } },
    'wanted',
  ],
  [
    'a property that is another',
    {
      subscription: { property: 'LastReloadTime' },
      watched: app(),
      delivery: { certain: false },
      memory: { mark: date(AT - 1) },
    },
    'wanted',
  ],
  [
    'any other property',
    {
      subscription: { property: '!name' },
      watched: app(),
      delivery: { certain: false },
      memory: { mark: '' },
    },
    'wanted',
  ],
  [
    'a property with a date before the relay asked',
    {
      subscription: { property: 'lastReloadTime' },
      watched: app(),
      delivery: { certain: false, since: AT + 1 },
    },
    'lastReloadTime has not changed',
  ],
  [
    'a property with a date since the relay asked',
    { subscription: { property: 'lastReloadTime' }, watched: app(), delivery: { certain: false, since: AT } },
    'wanted',
  ],
  [
    'a property that is no date',
    { subscription: { property: 'name' }, watched: app(), delivery: { certain: false, since: AT } },
    'wanted',
  ],
  [
    'a property that the entity does not have',
    { subscription: { property: 'nothing' }, watched: app(), delivery: { certain: false, since: AT } },
    'wanted',
  ],
  // Conditions.
  [
    'an app without what it needs',
    {
      subscription: {
        when: { published: false, properties: {}, tags: { has: ['release'], lacks: [] } },
      },
      watched: app(),
    },
    'it is published; it lacks the tag "release"',
  ],
  [
    'a run that did not end so',
    { subscription: when('FinishedFail', 'Aborted'), watched: run('FinishedSuccess') },
    'its status is FinishedSuccess, not FinishedFail or Aborted',
  ],
  [
    'a run that ended so',
    { subscription: when('FinishedFail', 'Aborted'), watched: run('Aborted') },
    'wanted',
  ],
  ['any run', { watched: run('Started') }, 'wanted'],
  [
    'the same end of a run at a later date',
    { watched: run('Aborted', AT), memory: { mark: 'Aborted' } },
    'this change was dispatched already',
  ],
  [
    'the same end of a run that was not dispatched, at a later date',
    { watched: run('Aborted', AT), memory: { mark: 'Aborted', sent: false } },
    'wanted',
  ],
  ['another end of a run', { watched: run('Aborted'), memory: { mark: 'Started' } }, 'wanted'],
  // Deletions.
  ['a deletion', { watched: undefined, delivery: { change: 'delete' }, memory: {} }, 'wanted'],
  ['a deletion of what was never seen', { watched: undefined, delivery: { change: 'delete' } }, 'wanted'],
  [
    'a deletion of what never met the filter',
    { watched: undefined, delivery: { change: 'delete' }, memory: { met: false } },
    'it never met the filter',
  ],
  [
    'a deletion that was decided',
    { watched: undefined, delivery: { change: 'delete' }, memory: { mark: '(deleted)' } },
    'this deletion was decided already',
  ],
  [
    'a deletion of a working copy',
    {
      watched: undefined,
      delivery: { change: 'delete' },
      memory: { name: `qrs-action working copy of ${ID} (17-1-abc, 1)` },
    },
    'it was a working copy of a promotion',
  ],
  [
    'a deletion of an app that only speaks of one',
    {
      watched: undefined,
      delivery: { change: 'delete' },
      memory: { name: 'My qrs-action working copy of Sales' },
    },
    'wanted',
  ],
  [
    'a deletion of what is there',
    { watched: app(), delivery: { change: 'delete', changed: [] } },
    'look 2000',
  ],
  [
    'a deletion of what is still there',
    { watched: app(), delivery: { change: 'delete', changed: [], looks: 2 } },
    'it is still there',
  ],
  [
    'a deletion that was none, with an update',
    { watched: app(), delivery: { change: 'delete', looks: 2 } },
    'look 0 as update',
  ],
  [
    'the same where no updates are wanted',
    { subscription: { changes: ['delete'] }, watched: app(), delivery: { change: 'delete', looks: 2 } },
    'it is still there',
  ],
];

function when(...status: NonNullable<Subscription['when']['status']>): Partial<Subscription> {
  return { when: { status, properties: {}, tags: { has: [], lacks: [] } } };
}

for (const [what, given, says] of ROWS) {
  test(`decide: ${what}: ${says}`, () => assert.equal(said(given), says));
}

const remembered = (given: Case) => {
  const verdict = decided(given);
  return 'memory' in verdict ? verdict.memory : undefined;
};

test('decide: what was read is remembered, whether it is dispatched or not', () => {
  const state = { modified: AT, mark: '', name: 'Sales', met: true };
  assert.deepEqual(remembered({ watched: app() }), { ...state, sent: true });
  const own = { watched: app({ modifiedByUserName: 'INTERNAL\\sa_api' }), delivery: { own: true } };
  assert.deepEqual(remembered(own), { ...state, sent: false });
  assert.deepEqual(remembered({ watched: app({ modifiedDate: 'soon' }), delivery: { looks: 2 } }), {
    ...state,
    modified: 0,
    sent: true,
  });
  const reloaded = { subscription: { property: 'lastReloadTime' }, watched: app() };
  assert.equal(remembered(reloaded)?.mark, date(AT));
  assert.equal(remembered({ ...reloaded, watched: app({ lastReloadTime: undefined }) })?.mark, '');
  assert.equal(remembered({ watched: run('Aborted') })?.mark, 'Aborted');
});

test('decide: an end of a run that was dispatched stays so, also when a later look does not want it', () => {
  const given = { watched: run('Aborted', AT), memory: { modified: AT, mark: 'Aborted' } };
  assert.equal(remembered(given)?.sent, true);
  assert.equal(remembered({ ...given, memory: { ...given.memory, sent: false } })?.sent, false);
  const earlier = { ...given, delivery: { change: 'remember' as const }, memory: { mark: 'Started' } };
  assert.equal(remembered(earlier)?.sent, false);
  assert.equal(remembered({ watched: app(), memory: { modified: AT } })?.sent, false, 'of an app it is not');
});

test('decide: a name that the entity does not show is the one that was known', () => {
  assert.equal(remembered({ watched: run('Aborted'), memory: { name: 'Nightly' } })?.name, 'Nightly');
  assert.equal(remembered({ watched: run('Aborted') })?.name, undefined);
});

test('decide: what leaves the filter is remembered as what it has met', () => {
  const left = (memory?: Partial<Memory>) =>
    remembered({ watched: undefined, beyond: app(), delivery: { looks: 2 }, ...(memory ? { memory } : {}) });
  assert.deepEqual(left({}), { modified: AT, mark: '', sent: false, name: 'Sales', met: true });
  assert.equal(left({ met: false })?.met, false);
  assert.equal(left()?.met, false);
  assert.equal(remembered({ watched: undefined, delivery: { looks: 2 } }), undefined);
});

test('decide: what is deleted is remembered by its name and the date of its deletion', () => {
  const gone = (given: Case) => remembered({ watched: undefined, ...given });
  const state = { modified: AT, mark: '(deleted)', name: 'Sales', met: true };
  assert.deepEqual(gone({ delivery: { change: 'delete' }, memory: {} }), { ...state, sent: true });
  assert.deepEqual(gone({ delivery: { change: 'delete', date: undefined } }), {
    ...state,
    modified: 0,
    name: undefined,
    sent: true,
  });
  assert.deepEqual(gone({ delivery: { change: 'delete' }, memory: { met: false } }), {
    ...state,
    met: false,
    sent: false,
  });
  const before = { modified: 1, mark: '(deleted)', sent: true };
  assert.deepEqual(gone({ delivery: { change: 'delete' }, memory: before }), { ...MEMORY, ...before });
});
