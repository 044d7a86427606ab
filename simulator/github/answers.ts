import type { Answer } from '../verbs/answers.ts';

/** An answer by which GitHub says no. */
export class No extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where to read on; by default the page of the call. */
  readonly documentation: string | undefined;

  constructor(
    status: number,
    message: string,
    { headers = {}, documentation }: { headers?: Record<string, string>; documentation?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.documentation = documentation;
  }
}

const anyPage = 'https://docs.github.com/rest';
const type = { 'Content-Type': 'application/json; charset=utf-8' };

/** Status, message, and where to read on: what every body of an error has. */
export const refused = ({ status, message, headers, documentation }: No, page = anyPage): Answer => ({
  status,
  headers: { ...type, ...headers },
  body: JSON.stringify({ message, documentation_url: documentation ?? page, status: String(status) }),
});

export const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { ...type },
  body: JSON.stringify(value),
});

export const notFound = () => new No(404, 'Not Found');
