import type { Answer } from '../verbs/answers.ts';

/** An error answer of GitHub. */
export class No extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The address of the documentation; by default the call's page. */
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

/** The body of every error: status, message and the address of the documentation. */
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
