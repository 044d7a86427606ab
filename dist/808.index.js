export const id = 808;
export const ids = [808];
export const modules = {

/***/ 8808:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   comment: () => (/* binding */ comment)
/* harmony export */ });
/* harmony import */ var _actions_github__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2413);

/** Longest silence of GitHub, ms. */
const PATIENCE = 30_000;
const VERSION = { 'x-github-api-version': '2022-11-28' };
/**
 * Writes a comment on the pull request of the event, or updates the one that begins with `mark`. This file is a chunk of
 * its own, imported when all else is done: `@actions/github` reads the event file when it is imported, and throws
 * on one that is broken. Gives a sentence about what came of it; throws what GitHub or the network says.
 */
async function comment(token, mark, body) {
    const { eventName, repo, payload } = _actions_github__WEBPACK_IMPORTED_MODULE_0__/* .context */ ._;
    const pull = payload.pull_request;
    if (eventName !== 'pull_request' || !pull) {
        return `No comment is written: the event is ${eventName || 'none'}, and no pull_request.`;
    }
    const from = pull.head?.repo?.full_name;
    if (from !== `${repo.owner}/${repo.repo}`) {
        return 'No comment is written: a pull request from a fork gets no token that may write one.';
    }
    const { rest, paginate } = (0,_actions_github__WEBPACK_IMPORTED_MODULE_0__/* .getOctokit */ .Q)(token);
    const request = { headers: VERSION, request: { signal: AbortSignal.timeout(PATIENCE) } };
    const all = { ...repo, issue_number: pull.number, per_page: 100, ...request };
    const comments = await paginate(rest.issues.listComments, all);
    const ours = comments.find(one => one.body?.startsWith(mark));
    if (ours) {
        const { data } = await rest.issues.updateComment({ ...repo, comment_id: ours.id, body, ...request });
        return `The plan was updated in ${data.html_url}`;
    }
    const { data } = await rest.issues.createComment({ ...all, body });
    return `The plan was written to ${data.html_url}`;
}


/***/ })

};
