import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { installationHas } from './access.ts';
import { json, No, notFound } from './answers.ts';
import type { Call } from './call.ts';
import { account, retold } from './example.ts';
import type { App, Installation, Permissions, Repository } from './hub.ts';
import { ownerOf } from './hub.ts';

const lives = 3_600_000;

function appCalling({ caller }: Call): App {
  if (caller.kind === 'app') return caller.app;
  throw new No(
    401,
    caller.kind === 'nobody' ? 'Requires authentication' : 'A JSON web token could not be decoded',
  );
}

function installationOf(call: Call): Installation {
  const found = appCalling(call).installations.get(Number(call.segments.installation_id));
  if (!found) throw notFound();
  return found;
}

export function getApp(call: Call) {
  const { id, slug, clientId, owner, permissions, installations } = appCalling(call);
  const example = retold(call.description.example(call.operation, 200), {});
  return json(200, {
    ...example,
    id,
    slug,
    client_id: clientId,
    name: slug,
    owner: account(example.owner, owner),
    permissions,
    installations_count: installations.size,
  });
}

export const getInstallation = (call: Call) => json(200, shown(call, installationOf(call)));

export function getRepositoryInstallation(call: Call) {
  const { hub, segments } = call;
  const name = `${segments.owner}/${segments.repo}`.toLowerCase();
  const repository = hub.repositories.get(name) ?? hub.formerNames.get(name);
  const installations = appCalling(call).installations.values();
  const found = repository && installations.find(one => installationHas(one, repository));
  if (!found) throw notFound();
  return json(200, shown(call, found));
}

function shown(call: Call, { id, account: login, app, permissions, repositories, suspended }: Installation) {
  const example = retold(call.description.example(call.operation, 200), {});
  return {
    ...example,
    id,
    account: account(example.account, login),
    access_tokens_url: `${call.base}/app/installations/${id}/access_tokens`,
    repositories_url: `${call.base}/installation/repositories`,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    permissions,
    repository_selection: repositories === 'all' ? 'all' : 'selected',
    suspended_at: suspended ? '2026-01-05T06:00:00Z' : null,
    suspended_by: null,
  };
}

const wishes = z
  .object({
    repositories: z.array(z.string()).optional(),
    repository_ids: z.array(z.number()).optional(),
    permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).optional(),
  })
  .default({});

/** An hour's token for all that the installation may do, or for less; never for more. */
export function createToken(call: Call) {
  const installation = installationOf(call);
  const { hub, body } = call;
  if (installation.suspended) throw new No(403, 'This installation has been suspended');
  const wish = wishes.parse(body.value());
  const chosen = chosenRepositories(call, installation, wish);
  const permissions = wish.permissions ?? installation.permissions;
  checkGranted(permissions, installation.permissions);
  const token = `ghs_${randomBytes(27).toString('base64url').replace(/[-_]/g, 'x')}`;
  const from = hub.clock.now() + hub.switches.tokenLate;
  // Rounded down to a second, as in the answer.
  const until = Math.floor((hub.clock.now() + lives) / 1000) * 1000;
  hub.tokens.set(token, {
    token,
    kind: 'installation',
    login: `${installation.app.slug}[bot]`,
    installation,
    scopes: [],
    permissions: { metadata: 'read', ...permissions },
    repositories: chosen ? new Set(chosen.map(({ name }) => name.toLowerCase())) : 'all',
    sso: true,
    from,
    until,
  });
  return json(201, {
    token,
    expires_at: new Date(until).toISOString().replace('.000', ''),
    permissions: { metadata: 'read', ...permissions },
    repository_selection: chosen || installation.repositories !== 'all' ? 'selected' : 'all',
    ...(chosen && { repositories: chosen.map(one => repositoryShown(call, one)) }),
  });
}

const strength = { read: 1, write: 2, admin: 3 };

function checkGranted(wanted: Permissions, granted: Permissions) {
  for (const [name, level] of Object.entries(wanted)) {
    const own = granted[name];
    if (!own || strength[level] > strength[own])
      throw new No(422, 'The permissions requested are not granted to this installation.');
  }
}

function chosenRepositories(call: Call, installation: Installation, wish: z.infer<typeof wishes>) {
  if (!wish.repositories && !wish.repository_ids) return undefined;
  const all = [...call.hub.repositories.values()].filter(one => installationHas(installation, one));
  const named = (wish.repositories ?? []).map(name =>
    all.find(one => one.name.toLowerCase() === `${installation.account}/${name}`.toLowerCase()),
  );
  const numbered = (wish.repository_ids ?? []).map(id => all.find(one => one.id === id));
  const chosen = [...named, ...numbered].filter(one => one !== undefined);
  if (chosen.length < named.length + numbered.length)
    throw new No(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  return [...new Set(chosen)];
}

function repositoryShown(
  { description, operation, base }: Call,
  { id, name, private: isPrivate }: Repository,
) {
  const example = retold(description.example(operation, 201), {
    'octocat/Hello-World': name,
    'https://api.github.com': base,
  });
  const [one] = z.array(z.record(z.string(), z.unknown())).parse(example.repositories);
  return {
    ...one,
    id,
    name: name.slice(ownerOf(name).length + 1),
    full_name: name,
    private: isPrivate,
    owner: account(one?.owner, ownerOf(name)),
  };
}
