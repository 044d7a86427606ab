import { RequestError, Server } from 'proxy-chain';

export interface ForwardProxyOptions {
  /** What the proxy asks for with 407; absent: nothing. */
  credentials?: { username: string; password: string };
  /** Hosts that it does not let anyone reach: it answers 403. */
  forbidden?: readonly string[];
  port?: number;
}

/**
 * A company's proxy to the internet: it tunnels (`CONNECT`), and forwards requests with an absolute
 * URL. `tunnels` and `forwards` list what it let through, in order.
 */
export async function startForwardProxy({ credentials, forbidden = [], port = 0 }: ForwardProxyOptions = {}) {
  const tunnels: { host: string; port: number }[] = [];
  const forwards: { method: string; url: string }[] = [];
  const server = new Server({
    host: '127.0.0.1',
    port,
    prepareRequestFunction({ request, username, password, hostname, port: wanted, isHttp }) {
      const known = username === credentials?.username && password === credentials.password;
      if (credentials && !known) return { requestAuthentication: true, failMsg: 'Who are you?' };
      if (forbidden.includes(hostname)) throw new RequestError(`${hostname} is off limits`, 403);
      if (isHttp) forwards.push({ method: request.method ?? '', url: request.url ?? '' });
      else tunnels.push({ host: hostname, port: wanted });
      return {};
    },
  });
  await server.listen();
  const user =
    credentials && `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`;
  return {
    /** With the credentials in it, as `HTTPS_PROXY` has them. */
    url: `http://${user ?? ''}127.0.0.1:${server.port}`,
    tunnels,
    forwards,
    stop: () => server.close(true),
  };
}
