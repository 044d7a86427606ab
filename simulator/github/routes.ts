import type { Answer } from '../verbs/answers.ts';
import { getMeta, getRateLimit, getUser } from './account.ts';
import { createToken, getApp, getInstallation, getRepositoryInstallation } from './apps.ts';
import type { Call } from './call.ts';
import { createComment, listComments, updateComment } from './comments.ts';
import { getContents, getRepository, listWorkflows } from './repositories.ts';
import { dispatch } from './take-dispatch.ts';

type Handler = (call: Call) => Answer;

/** By the operation's id in GitHub's description. */
export const handlers: Readonly<Record<string, Handler>> = {
  'repos/create-dispatch-event': dispatch,
  'repos/get': getRepository,
  'repos/get-content': getContents,
  'actions/list-repo-workflows': listWorkflows,
  'apps/get-repo-installation': getRepositoryInstallation,
  'apps/create-installation-access-token': createToken,
  'apps/get-installation': getInstallation,
  'apps/get-authenticated': getApp,
  'issues/list-comments': listComments,
  'issues/create-comment': createComment,
  'issues/update-comment': updateComment,
  'users/get-authenticated': getUser,
  'rate-limit/get': getRateLimit,
  'meta/get': getMeta,
};
