import { type Doors, doorsFor, type Entrance, RETRY_AFTER } from './listen.ts';

/**
 * Answers QRS and health checks while a starting relay waits for its database: it is alive, not ready, and QRS shall
 * call again later. Throws InputError when a port cannot be used.
 */
export async function answerAway(entrance: Entrance): Promise<Pick<Doors, 'close'>> {
  const doors = doorsFor(entrance);
  const why = 'The store cannot be reached.';
  doors.status.get('/livez', async () => ({ alive: true }));
  doors.status.get('/readyz', async (_request, reply) => reply.code(503).send({ ready: false, why }));
  for (const server of new Set([doors.calls, doors.status])) {
    // Before the body is read: the callback's secret is in the store, so the caller cannot be checked.
    server.addHook('onRequest', async (request, reply) => {
      if (request.is404) return reply.code(503).header('retry-after', RETRY_AFTER).send({ error: why });
    });
  }
  await doors.open();
  return doors;
}
