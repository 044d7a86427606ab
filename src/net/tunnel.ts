interface Refused {
  says: string;
  hint?: string;
  final: boolean;
}

/**
 * Explains a forward proxy's refusal of a tunnel; undefined for other errors. The HTTP client gives the status only in
 * its message.
 */
export function proxySaid(detail: string, proxy: string, host: string): Refused | undefined {
  const wantsSignIn = /proxy authentication required/i.test(detail) ? 407 : undefined;
  const status = Number(/Proxy response \((\d{3})\)/.exec(detail)?.[1] ?? wantsSignIn);
  if (!status) return undefined;
  const says = `the proxy ${proxy} gave no way to ${host} (${status})`;
  // The client reads the credentials from there.
  if (status === 407) return { says, final: true };
  return { says, hint: hintFor(status), final: status < 500 };
}

function hintFor(status: number): string {
  if (status === 403) return 'Does it allow this host and port?';
  if (status >= 500) return 'Can it reach that host and port?';
  return 'Is it a proxy for tunnels (CONNECT)?';
}
