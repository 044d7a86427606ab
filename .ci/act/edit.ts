import { Client } from 'undici';
import { z } from 'zod';
import type { Simulator } from '../../simulator/server.ts';

const KEY = 'act0123456789abc';
const named = z.looseObject({ id: z.string(), name: z.string() });

/** A call of somebody who works in the hub of a simulated site; the answer is its JSON. */
async function call(site: Simulator, method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown> {
  const client = new Client(site.url, { connect: { ca: site.ca, cert: site.certificate, key: site.key } });
  try {
    const { statusCode, body: answer } = await client.request({
      method,
      path: `/qrs/${path}?xrfkey=${KEY}`,
      headers: {
        'x-qlik-xrfkey': KEY,
        'x-qlik-user': 'UserDirectory=INTERNAL; UserId=sa_repository',
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path} was answered ${statusCode}: ${text}`);
    return JSON.parse(text);
  } finally {
    await client.close();
  }
}

/** Sets the custom properties of an app as somebody would in the hub; those that are not given are emptied. */
export async function setProperties(
  site: Simulator,
  app: string,
  values: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const definitions = z.array(named).parse(await call(site, 'GET', 'custompropertydefinition'));
  const whole = z.looseObject({}).parse(await call(site, 'GET', `app/${app}`));
  const customProperties = Object.entries(values).flatMap(([name, chosen]) => {
    const id = definitions.find(one => one.name === name)?.id;
    if (id === undefined) throw new Error(`There is no custom property ${name}.`);
    return chosen.map(value => ({ value, definition: { id } }));
  });
  await call(site, 'PUT', `app/${app}`, { ...whole, customProperties });
}
