export const ASKED = 'GitHub (HOST) refused to dispatch "qlik-app-updated" to acme/events: ';
export const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };

export const said = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
  more: object = {},
) => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest', ...more }),
});
