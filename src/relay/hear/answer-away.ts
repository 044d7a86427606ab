import { type Doors, doorsFor, type Entrance, RETRY_AFTER } from './listen.ts';

/**
 * Answers in the place of a relay whose database is away when it starts: alive, not ready, and QRS is to come again.
 * Throws InputError when a port cannot be used.
 */
export async function answerAway(entrance: Entrance): Promise<Pick<Doors, 'close'>> {
  const doors = doorsFor(entrance);
  const why = 'The store cannot be reached.';
  doors.status.get('/livez', async () => ({ alive: true }));
  doors.status.get('/readyz', async (_request, reply) => reply.code(503).send({ ready: false, why }));
  for (const server of new Set([doors.calls, doors.status])) {
    // Before the body is read. The callback's secret is in the store, so nobody can say who calls.
    server.addHook('onRequest', async (request, reply) => {
      if (request.is404) return reply.code(503).header('retry-after', RETRY_AFTER).send({ error: why });
    });
  }
  await doors.open();
  return doors;
}
