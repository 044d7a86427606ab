import { createHash } from 'node:crypto';
import { mayPush, repositoryOf } from './access.ts';
import { json, notFound } from './answers.ts';
import type { Call } from './call.ts';
import { account, retold } from './example.ts';
import type { Repository } from './hub.ts';
import { ownerOf } from './hub.ts';
import { workflowName, workflowPaths } from './workflows.ts';

export function getRepository(call: Call) {
  const repository = repositoryOf(call, 'metadata', 'read');
  return json(200, fullRepository(call, repository));
}

function fullRepository(call: Call, repository: Repository) {
  const { id, name, private: isPrivate, archived, defaultBranch } = repository;
  const owner = ownerOf(name);
  const example = retold(call.description.example(call.operation, 200), {
    'octocat/Hello-World': name,
    'https://api.github.com': call.base,
  });
  return {
    ...example,
    owner: account(example.owner, owner),
    // The example lacks it.
    language: null,
    permissions: { admin: false, push: mayPush(call.caller, repository), pull: true },
    id,
    name: name.slice(owner.length + 1),
    full_name: name,
    private: isPrivate,
    visibility: isPrivate ? 'private' : 'public',
    archived,
    disabled: false,
    default_branch: defaultBranch,
    parent: undefined,
    source: undefined,
    template_repository: undefined,
    organization: undefined,
  };
}

/** A file, as JSON or raw, or the contents of a folder; only of the default branch. */
export function getContents(call: Call) {
  const repository = repositoryOf(call, 'contents', 'read');
  const { segments, query, accept } = call;
  const path = (segments.path ?? '').replace(/\/+$/, '');
  if (query.ref !== undefined && !branchNames(repository).includes(query.ref)) throw notFound();
  const text = repository.files.get(path);
  if (text === undefined) return json(200, folder(call, repository, path));
  if (!/application\/vnd\.github\.(v3\.)?raw/.test(accept)) {
    const content = Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\n');
    return json(200, { ...entry(call, repository, path, text), encoding: 'base64', content: `${content}\n` });
  }
  const type = 'application/vnd.github.raw+json; charset=utf-8';
  return { status: 200, headers: { 'Content-Type': type }, body: text };
}

const branchNames = ({ defaultBranch }: Repository) => [defaultBranch, `refs/heads/${defaultBranch}`];

function folder(call: Call, repository: Repository, path: string) {
  const inside = [...repository.files].filter(([name]) => name.startsWith(`${path}/`));
  if (inside.length === 0) throw notFound();
  const names = inside.map(([name]) => name.slice(path.length + 1).split('/')[0] ?? '');
  return [...new Set(names)].sort().map(name => {
    const full = `${path}/${name}`;
    return entry(call, repository, full, repository.files.get(full));
  });
}

/** Without text it is a folder. */
function entry(call: Call, { name, defaultBranch }: Repository, path: string, text: string | undefined) {
  const size = text === undefined ? 0 : Buffer.byteLength(text);
  const kind = text === undefined ? 'tree' : 'blob';
  const sha = createHash('sha1')
    .update(`${kind} ${size}\0${text ?? path}`)
    .digest('hex');
  const self = `${call.base}/repos/${name}/contents/${path}?ref=${defaultBranch}`;
  const git = `${call.base}/repos/${name}/git/${kind}s/${sha}`;
  const html = `https://github.com/${name}/${kind}/${defaultBranch}/${path}`;
  return {
    type: text === undefined ? 'dir' : 'file',
    size,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url:
      text === undefined ? null : `https://raw.githubusercontent.com/${name}/${defaultBranch}/${path}`,
    _links: { self, git, html },
  };
}

export function listWorkflows(call: Call) {
  const repository = repositoryOf(call, 'actions', 'read');
  const { name, id, files, disabledWorkflows } = repository;
  const all = workflowPaths(repository).map((path, index) => ({
    id: id * 100 + index,
    node_id: `W_${id * 100 + index}`,
    name: workflowName(path, files.get(path) ?? ''),
    path,
    state: disabledWorkflows.has(path) ? 'disabled_manually' : 'active',
    created_at: '2026-01-05T06:00:00.000Z',
    updated_at: '2026-01-05T06:00:00.000Z',
    url: `${call.base}/repos/${name}/actions/workflows/${id * 100 + index}`,
    html_url: `https://github.com/${name}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `https://github.com/${name}/workflows/${path}/badge.svg`,
  }));
  const size = Math.min(100, Number(call.query.per_page ?? 30));
  const start = (Number(call.query.page ?? 1) - 1) * size;
  return json(200, { total_count: all.length, workflows: all.slice(start, start + size) });
}
