"""The rows of a client in Python: what it did, and what came of it."""

import re

rows = []


def outcome(work):
    try:
        work()
    except Exception as error:  # what a client raises is its own affair
        return f"{type(error).__name__}: {error}"
    return None


def passes(what, work):
    rows.append({"what": what, "expected": "passes", "wrong": outcome(work) or ""})


def refused(what, answer, fact, work):
    """`fact` is the section of docs/qrs.md that says so."""
    failure = outcome(work)
    wrong = "it passed" if failure is None else "" if re.search(answer, failure) else failure
    rows.append({"what": what, "expected": f"{answer} ({fact})", "wrong": wrong})


def check(truth, what="not as expected"):
    if not truth:
        raise AssertionError(what)


def answered(response):
    """A response that is no error; the error has its status and text."""
    check(response.status_code < 400, f"{response.status_code} {response.text[:200]}")
    return response
