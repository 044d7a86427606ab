import { z } from 'zod';

const fullName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/repository');
const permissions = z.record(z.string(), z.enum(['read', 'write', 'admin']));
const reach = z.union([z.literal('all'), z.array(fullName).readonly()]);

const repository = z.strictObject({
  name: fullName,
  /** Names that it had before: they redirect. */
  formerNames: z.array(fullName).readonly().default([]),
  defaultBranch: z.string().min(1).default('main'),
  private: z.boolean().default(true),
  archived: z.boolean().default(false),
  /** Whether Actions are enabled. */
  actions: z.boolean().default(true),
  /** Whether its organization wants classic tokens to be authorised for single sign-on. */
  sso: z.boolean().default(false),
  /** Path → text, on the default branch. */
  files: z.record(z.string(), z.string()).default({}),
  /** Paths of workflow files that were disabled. */
  disabledWorkflows: z.array(z.string()).readonly().default([]),
});

const held = {
  token: z.string().min(1),
  /** When it expires; absent: never. */
  expires: z.date().optional(),
};

const token = z.discriminatedUnion('kind', [
  z.strictObject({
    ...held,
    kind: z.literal('classic'),
    user: z.string().default('octocat'),
    scopes: z.array(z.string()).readonly().default(['repo']),
    /** The repositories that its user may write to; by default all. */
    repositories: reach.default('all'),
    /** Whether it is authorised for single sign-on. */
    sso: z.boolean().default(false),
  }),
  z.strictObject({
    ...held,
    kind: z.literal('fine-grained'),
    user: z.string().default('octocat'),
    repositories: reach,
    permissions,
  }),
  /** An installation token that exists from the start, such as a workflow's own. */
  z.strictObject({
    ...held,
    kind: z.literal('installation'),
    user: z.string().default('github-actions[bot]'),
    repositories: reach,
    permissions,
  }),
]);

const installation = z.strictObject({
  id: z.number().int().positive(),
  account: z.string().min(1),
  /** By default all that the account owns. */
  repositories: reach.default('all'),
  permissions: permissions.default({ contents: 'write', metadata: 'read' }),
  suspended: z.boolean().default(false),
});

const app = z.strictObject({
  id: z.number().int().positive(),
  /** By default `Iv1.` and the id. */
  clientId: z.string().optional(),
  slug: z.string().default('qrs-relay'),
  owner: z.string().default('octocat'),
  /** PEM; two keys during a rotation. */
  publicKeys: z.array(z.string()).min(1).readonly(),
  permissions: permissions.default({ contents: 'write', metadata: 'read' }),
  installations: z.array(installation).readonly().default([]),
});

const schema = z.strictObject({
  repositories: z.array(repository).readonly().default([]),
  tokens: z.array(token).readonly().default([]),
  apps: z.array(app).readonly().default([]),
});

/** The initial state of GitHub. */
export type GitHubData = z.input<typeof schema>;
export type CheckedData = z.infer<typeof schema>;

export const checkData = (data: GitHubData): CheckedData => schema.parse(data);
