import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Asked, Sent } from './load.ts';

/**
 * Sends notifications as QRS would, over connections that are kept: a process of its own, so that its work is not
 * the relay's. What is asked comes as JSON, what came of it is printed as JSON.
 */
const asked: Asked = JSON.parse(await text(process.stdin));
const connections = Math.ceil(asked.connections / asked.urls.length);
const relays = asked.urls.map(url => {
  const { origin, pathname: path } = new URL(url);
  return { path, pool: new Pool(origin, { connections, pipelining: 1 }) };
});
const sent: Sent = { accepted: 0, refused: 0, took: 0, latencies: [] };

/** `due`: what is late to be sent is late to be answered. */
async function send(number: number, due = performance.now()): Promise<void> {
  const { items = 1 } = asked;
  const modifiedDate = new Date().toISOString();
  const itemOf = (id: string) => ({
    changeType: 2,
    objectType: 'App',
    objectID: id,
    changedProperties: ['modifiedDate', 'lastReloadTime'],
    engineID: '',
    engineType: '',
    originatorNodeID: '6b3a6fa8-6f3d-4211-9823-75976a88623d',
    originatorHostName: 'qlik-dev.company.com',
    originatorContextID: null,
    createdDate: modifiedDate,
    modifiedDate,
    schemaPath: 'ExternalChangeInfo',
  });
  const headers = { 'content-type': 'application/json' };
  const own = Array.from({ length: items }, (_, at) => asked.ids[(number * items + at) % asked.ids.length]);
  const body = JSON.stringify(own.map((id = '') => itemOf(id)));
  const relay = relays[number % relays.length];
  if (!relay) throw new Error('no relay is named');
  const answer = await relay.pool.request({ method: 'POST', path: relay.path, headers, body });
  await answer.body.dump();
  if (answer.statusCode === 202) sent.accepted += 1;
  else sent.refused += 1;
  if (asked.perSecond !== undefined) sent.latencies.push(performance.now() - due);
}

/** As fast as the connections go. */
async function flood(): Promise<void> {
  let number = 0;
  const work = async () => {
    while (number < asked.count) {
      const own = number;
      number += 1;
      await send(own);
    }
  };
  await Promise.all(Array.from({ length: asked.connections }, work));
}

/** At a rate, whether or not answers have come. */
async function evenly(perSecond: number): Promise<void> {
  const began = performance.now();
  const underway: Promise<void>[] = [];
  for (let number = 0; number < asked.count; ) {
    const due = began + (number * 1000) / perSecond;
    if (due > performance.now()) await wait(1);
    else {
      underway.push(send(number, due));
      number += 1;
    }
  }
  await Promise.all(underway);
}

const began = performance.now();
await (asked.perSecond === undefined ? flood() : evenly(asked.perSecond));
sent.took = performance.now() - began;
await Promise.all(relays.map(({ pool }) => pool.close()));
process.stdout.write(JSON.stringify(sent));
