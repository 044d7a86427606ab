export const COMMANDS = ['promote', 'reload', 'check'] as const;
export type Command = (typeof COMMANDS)[number];

const COMMON = `
  --sites FILE      the sites with their addresses and credentials, as YAML (required)
  --env-file FILE   variables for \${NAME} in the sites, one NAME=value per line; the environment comes first
  --summary FILE    write the summary to FILE, as Markdown
  --json            print the result as JSON, and nothing else, to stdout
  --verbose         show each request`;

const ENDS = `
Exit code: 0 done or nothing to do, 1 something failed, 2 wrong use.`;

export const USAGE = `Usage: qrs-action COMMAND …

  promote SPEC      promotes apps from site to site, as the spec asks
  reload REQUEST    reloads tasks or apps, and waits for the end
  check [SITE…]     tries every site and says what is missing; changes nothing
  schema NAME       shows a JSON Schema: sites, spec, request, relay or result

  --help            explains a command: qrs-action promote --help
  --version         shows the version

Examples:
  qrs-action check --sites sites.yml --spec promote.yml
  qrs-action promote promote.yml --sites sites.yml --dry-run
  qrs-action reload reload.yml --sites sites.yml --env-file .env
${ENDS}`;

export const HELP: Readonly<Record<Command, string>> = {
  promote: `Usage: qrs-action promote SPEC --sites FILE [options]

SPEC is a promotion spec: the path of a YAML file, or YAML itself.

  --dry-run         read everything, change nothing, and show the plan
  --app ID|NAME     promote this app instead of those that the spec selects${COMMON}

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

Tries each SITE, or all of them: name, port, certificate, sign-in, version, clock. With --spec or --request it also checks
what they need there: rights, streams, custom properties, tasks. Without --write it changes nothing.

  --spec FILE       a promotion spec, which is checked and not run
  --request FILE    a reload request, which is checked and not run
  --app ID|NAME     check this app instead of those that the spec selects
  --write STREAM    also try changes: copy, export, upload, publish to STREAM, replace, and delete what was made
  --report FILE     write the sites' answers to open questions about QRS, without names, to send to the project${COMMON}

Examples:
  qrs-action check --sites sites.yml
  qrs-action check dev test --sites sites.yml --spec promote.yml --env-file .env
${ENDS}`,
};
