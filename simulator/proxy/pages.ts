import type { ServerResponse } from 'node:http';

/** The pages that a proxy shows to browsers. Other clients must recognise them (docs/qrs.md 2.2, 8). */

const page = (title: string, text: string) =>
  `<!DOCTYPE html>\r\n<html><head><title>${title}</title></head>\r\n<body><h1>${title}</h1><p>${text}</p></body></html>\r\n`;

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(body);
}

/** For a host that is not on the allow list, and for a prefix of no virtual proxy. */
export const badHeader = (response: ServerResponse) =>
  answer(response, 400, page('Bad request', 'The http request header is incorrect.'));

export const loginForm = (response: ServerResponse) =>
  answer(response, 200, page('Qlik Sense', '<form method="post"><input name="username"></form>'));

export const tooManySessions = (response: ServerResponse) =>
  answer(
    response,
    403,
    page(
      'Forbidden',
      'You cannot access Qlik Sense because you have too many sessions active in parallel. ' +
        'Contact your administrator to solve the issue.',
    ),
  );

export const redirect = (response: ServerResponse, to: string) =>
  response.writeHead(302, { Location: to, 'Content-Type': 'text/html' }).end(page('Found', 'Object moved'));

export function refuse(response: ServerResponse, status: number, message: string): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
    .end(JSON.stringify({ message }));
}
