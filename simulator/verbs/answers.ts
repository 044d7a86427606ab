import type { Content } from '../site/content.ts';

/**
 * The answer of a handler: text, or the content of an app. `wire/send.ts` sends it, so that a fault can
 * change it before.
 */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  content?: Content;
  /** Called when the content was sent, or sending it failed. */
  afterwards?: () => void;
}

/** An error answer of QRS. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
const html = { 'Content-Type': 'text/html; charset=us-ascii' };

export const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});

/** QRS wraps a scalar in an object (docs/qrs.md 1). */
export const scalar = (status: number, value: string | number) => json(status, { value });

export const nothing: Answer = { status: 204 };

export const refused = ({ status, message, headers }: Refusal): Answer => ({
  status,
  headers: { ...plain, ...headers },
  body: message,
});

/** The HTTP layer below QRS sends this page (docs/qrs.md 8). */
export const lengthRequired: Answer = {
  status: 411,
  headers: html,
  body:
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\r\n' +
    '<HTML><HEAD><TITLE>Length Required</TITLE></HEAD>\r\n<BODY><h2>Length Required</h2>\r\n' +
    '<hr><p>HTTP Error 411. The request must be chunked or have a content length.</p>\r\n</BODY></HTML>\r\n',
};

/** While the service boots, it answers something that is not JSON (docs/qrs.md 8). */
export const booting: Answer = { status: 200, headers: html, body: '<html><body>Starting</body></html>' };
