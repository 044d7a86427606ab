import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Stands in for GitHub's command line, as far as `.ci/release/` uses it: releases, files and tags are kept in a JSON file, which
 * also says at which call to fail. What it does not know ends with 2, so that no call goes unnoticed.
 */
interface Release {
  tagName: string;
  isDraft: boolean;
  isPrerelease: boolean;
  notes: string;
  assets: { name: string }[];
}

interface World {
  releases: Release[];
  latest: string;
  /** Commits by tag. */
  tags: Record<string, string>;
  /** How each commit compares with main. */
  compared: Record<string, string>;
  /** The call with this number, from 1 on, fails. */
  failAt: number;
  /** Whether a failing call has done its work first. */
  doneFirst: boolean;
  /** A call that contains this is refused as GitHub refuses it. */
  refuse: string;
  calls: string[];
}

const file = process.env.GH_WORLD ?? '';
const world: World = JSON.parse(readFileSync(file, 'utf8'));
const call = process.argv.slice(2);
world.calls.push(call.join(' '));

function end(code: number, text = ''): never {
  writeFileSync(file, JSON.stringify(world, undefined, 2));
  if (text) (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}

const option = (name: string) => call.find((_, index) => call[index - 1] === name);
const fields = () => call.filter((_, index) => ['-f', '-F'].includes(call[index - 1] ?? ''));
const field = (name: string) =>
  fields()
    .find(one => one.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? '';

/** As much of jq as the scripts use: .a.b, .[], .[].a, select(.a == "text"), joined by pipes. */
function jq(input: unknown, expression: string): string {
  let values: unknown[] = [input];
  for (const part of expression.split(' | ')) {
    const wanted = /^select\(\.(?<path>[\w.]+) == "(?<text>.*)"\)$/.exec(part)?.groups;
    if (wanted) values = values.filter(value => pick(value, wanted.path ?? '') === wanted.text);
    else {
      const path = /^\.(?:(?<list>.*)\[\]\.?)?(?<rest>[\w.]*)$/.exec(part)?.groups;
      if (!path) end(2, `gh: the stand-in does not know the expression ${part}`);
      if (path.list !== undefined) {
        const { list } = path;
        values = values.flatMap(value => Object.values(Object(list === '' ? value : pick(value, list))));
      }
      values = values.map(value => (path.rest ? pick(value, path.rest) : value));
    }
  }
  return values.map(String).join('\n');
}

function pick(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner, key) => (key ? Reflect.get(Object(inner), key) : inner), value);
}

function show(value: unknown): never {
  end(0, jq(value, option('--jq') ?? '.'));
}

function released(tag: string | undefined): Release {
  return world.releases.find(one => one.tagName === tag) ?? end(1, 'release not found');
}

function list(): never {
  const all = world.releases.filter(one => !call.includes('--exclude-drafts') || !one.isDraft);
  show(all.filter(one => !call.includes('--exclude-pre-releases') || !one.isPrerelease));
}

function release([verb, tag = '', ...rest]: string[]): never {
  const { releases } = world;
  if (verb === 'list') list();
  if (verb === 'create') {
    if (!world.tags[tag]) end(1, `tag ${tag} doesn't exist in the repository`);
    const notes = readFileSync(option('--notes-file') ?? '', 'utf8');
    const isDraft = call.includes('--draft');
    releases.push({ tagName: tag, isDraft, isPrerelease: false, notes, assets: [] });
    end(0);
  }
  const one = released(tag);
  if (verb === 'view') show(one);
  if (verb === 'edit') {
    if (call.includes('--latest')) world.latest = tag;
    const notes = option('--notes-file');
    if (notes) one.notes = readFileSync(notes, 'utf8');
    end(0);
  }
  changeFiles(one, verb, rest);
}

function changeFiles(one: Release, verb: string | undefined, names: readonly string[]): never {
  if (!one.isDraft) end(1, 'HTTP 422: Cannot change the assets of an immutable release.');
  if (verb === 'delete-asset') {
    one.assets = one.assets.filter(({ name }) => name !== names[0]);
    end(0);
  }
  if (verb === 'upload') {
    for (const path of names.filter(name => !name.startsWith('--'))) {
      one.assets = [...one.assets.filter(({ name }) => name !== basename(path)), { name: basename(path) }];
    }
    end(0);
  }
  end(2, `gh: the stand-in does not know release ${verb}`);
}

function api(): never {
  const path = call.find(one => one.startsWith('repos/')) ?? '';
  const [, , , kind = '', ...rest] = path.split('/');
  if (kind === 'commits') show({ sha: world.tags[rest[0] ?? ''] ?? end(1, 'HTTP 404: Not Found') });
  if (kind === 'compare') show({ status: world.compared[path.split('...')[1] ?? ''] ?? 'diverged' });
  const tags = Object.entries(world.tags).map(([tag, sha]) => ({ ref: `refs/tags/${tag}`, object: { sha } }));
  if (rest[0] === 'matching-refs') show(tags.filter(({ ref }) => ref.startsWith(`refs/tags/${rest.at(-1)}`)));
  const method = option('--method');
  const tag = method === 'POST' ? field('ref').replace('refs/tags/', '') : (rest.at(-1) ?? '');
  if (method === 'PATCH' && !world.tags[tag]) end(1, 'HTTP 422: Reference does not exist');
  if (method === 'POST' && world.tags[tag]) end(1, 'HTTP 422: Reference already exists');
  world.tags[tag] = field('sha');
  end(0);
}

if (world.refuse && call.join(' ').includes(world.refuse)) {
  end(1, 'HTTP 403: Resource not accessible by integration');
}
if (world.calls.length === world.failAt && !world.doneFirst) end(1, 'HTTP 502: Bad Gateway');
process.on('exit', () => {
  if (world.calls.length === world.failAt) process.exitCode = 1;
});
if (call[0] === 'release') release(call.slice(1));
if (call[0] === 'api') api();
end(2, `gh: the stand-in does not know ${call[0]}`);
