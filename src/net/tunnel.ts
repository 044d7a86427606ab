interface Refused {
  says: string;
  hint?: string;
  final: boolean;
}

/**
 * What a forward proxy says in place of a tunnel; undefined where that is not what went wrong. The HTTP client gives
 * the status in words alone.
 */
export function proxySaid(detail: string, proxy: string, host: string): Refused | undefined {
  const wantsSignIn = /proxy authentication required/i.test(detail) ? 407 : undefined;
  const status = Number(/Proxy response \((\d{3})\)/.exec(detail)?.[1] ?? wantsSignIn);
  if (!status) return undefined;
  const says = `the proxy ${proxy} gave no way to ${host} (${status})`;
  // The credentials have a place that the client knows.
  if (status === 407) return { says, final: true };
  return { says, hint: hintFor(status), final: status < 500 };
}

function hintFor(status: number): string {
  if (status === 403) return 'Does it allow this host and port?';
  if (status >= 500) return 'Can it reach that host and port?';
  return 'Is it a proxy for tunnels (CONNECT)?';
}
