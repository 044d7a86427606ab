import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

export interface Browser {
  /** Opens the page and gives a picture (WebP) of all of it once it says that it is ready, and what went wrong in it. */
  picture(url: string, look: Look): Promise<{ picture: Buffer; problems: string[] }>;
  close(): Promise<void>;
}

interface Look {
  /** Pixels. */
  width: number;
  scheme: 'light' | 'dark';
}

const messageSchema = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});

/** Headless Chromium, spoken to by its DevTools protocol. */
export async function openBrowser(program: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'qrs-action-pictures-'));
  const child = spawn(
    program,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--allow-file-access-from-files',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const address = await listening(child.stderr);
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const connection = protocolOver(socket);
  return {
    picture: (url, look) => picture(connection, url, look),
    close: async () => {
      const ended = once(child, 'exit');
      socket.close();
      child.kill('SIGTERM');
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function listening(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const address = /^DevTools listening on (\S+)$/.exec(line)?.[1];
    if (address) return address;
  }
  throw new Error('Chromium ended before it listened.');
}

type Protocol = ReturnType<typeof protocolOver>;

function protocolOver(socket: WebSocket) {
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const listeners = new Set<(method: string, params: Record<string, unknown>) => void>();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params = {}, result = {}, error } = messageSchema.parse(JSON.parse(String(data)));
    if (method !== undefined) for (const listen of listeners) listen(method, params);
    const call = id === undefined ? undefined : waiting.get(id);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  });
  return {
    listeners,
    send(method: string, params: Record<string, unknown> = {}, sessionId?: string) {
      last += 1;
      const call = Promise.withResolvers<Record<string, unknown>>();
      waiting.set(last, call);
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
      return call.promise;
    },
  };
}

const evaluationSchema = z.looseObject({ result: z.looseObject({ value: z.number().optional() }) });

/** The height of the page once it says that it is ready, else 0. While a page is loading there may be none. */
const HEIGHT = `document.documentElement?.dataset.ready ? document.documentElement.scrollHeight : 0`;
const LOOKS = 400;
/** Of 100: letters stay sharp, and all pictures together stay small. */
const QUALITY = 40;

async function picture({ send, listeners }: Protocol, url: string, { width, scheme }: Look) {
  const problems: string[] = [];
  const listen = (method: string, params: Record<string, unknown>) => {
    if (method === 'Runtime.exceptionThrown') problems.push(JSON.stringify(params.exceptionDetails));
  };
  listeners.add(listen);
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const page = (method: string, params: Record<string, unknown> = {}) =>
    send(method, params, String(sessionId));
  await page('Runtime.enable');
  await page('Emulation.setDeviceMetricsOverride', {
    width,
    height: 200,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await page('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: scheme }],
  });
  await page('Page.navigate', { url });
  let height = 0;
  for (let look = 0; look < LOOKS && height === 0; look += 1) {
    await wait(50);
    const evaluated = await page('Runtime.evaluate', { expression: HEIGHT });
    height = evaluationSchema.parse(evaluated).result.value ?? 0;
  }
  if (height === 0) problems.push(`${url} was not ready within 20 s`);
  const clip = { x: 0, y: 0, width, height: Math.max(height, 50), scale: 1 };
  const { data } = await page('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    clip,
    captureBeyondViewport: true,
  });
  await send('Target.closeTarget', { targetId });
  listeners.delete(listen);
  return { picture: Buffer.from(String(data), 'base64'), problems };
}
