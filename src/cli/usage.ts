export const COMMANDS = ['promote', 'reload', 'check'] as const;
export type Command = (typeof COMMANDS)[number];

const COMMON = `
  --sites FILE      the sites, as YAML: who is where, with which credentials (needed)
  --env-file FILE   variables for \${NAME} in the sites, NAME=value a line; those of the environment come first
  --summary FILE    write the summary to FILE, as Markdown
  --json            write the result to stdout, as JSON, and nothing else
  --verbose         say each request that is made`;

const ENDS = `
It ends with 0 when it is done or there was nothing to do, 1 when something failed, 2 when it is used wrongly.`;

export const USAGE = `Usage: qrs-action COMMAND …

  promote SPEC      promotes apps from site to site, as the spec asks
  reload REQUEST    reloads data, and waits for the end
  check [SITE…]     tries every site, and says what is missing; changes nothing
  schema NAME       shows a JSON Schema: sites, spec, request, relay or result

  --help            of a command too: qrs-action promote --help
  --version

Examples:
  qrs-action check --sites sites.yml --spec promote.yml
  qrs-action promote promote.yml --sites sites.yml --dry-run
  qrs-action reload reload.yml --sites sites.yml --env-file .env
${ENDS}`;

export const HELP: Readonly<Record<Command, string>> = {
  promote: `Usage: qrs-action promote SPEC --sites FILE [options]

SPEC is a promotion spec: the path of a YAML file, or YAML itself.

  --dry-run         read everything, change nothing, and show the plan
  --app ID|NAME     promote this app, in place of those that the spec selects${COMMON}

Examples:
  qrs-action promote promote.yml --sites sites.yml --dry-run
  qrs-action promote promote.yml --sites sites.yml --app "Demo Build" --env-file .env
  qrs-action promote promote.yml --sites sites.yml --json > result.json
${ENDS}`,
  reload: `Usage: qrs-action reload REQUEST --sites FILE [options]

REQUEST is a reload request: the path of a YAML file, or YAML itself.

  --dry-run         read everything, start nothing, and show the plan${COMMON}

Examples:
  qrs-action reload reload.yml --sites sites.yml
  qrs-action reload "{ site: prod, task: Nightly Sales }" --sites sites.yml --summary summary.md
${ENDS}`,
  check: `Usage: qrs-action check [SITE…] --sites FILE [options]

Tries each SITE, or all of them: name, port, certificate, sign-in, version, clock; and what a promotion spec or a
reload request needs there: rights, streams, custom properties, tasks. It changes nothing, unless --write names a stream where it may.

  --spec FILE       a promotion spec, which is checked and not run
  --request FILE    a reload request, which is checked and not run
  --app ID|NAME     check this app, in place of those that the spec selects
  --write STREAM    try with changes, too: copy, export, upload, publish to STREAM, replace; what is made is deleted
  --report FILE     write what the sites answer to open questions about QRS, without names, to be sent to the project${COMMON}

Examples:
  qrs-action check --sites sites.yml
  qrs-action check dev test --sites sites.yml --spec promote.yml --env-file .env
${ENDS}`,
};
