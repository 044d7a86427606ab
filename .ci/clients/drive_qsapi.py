"""rafael-sanz/qsAPI."""

import json
import os

import qsAPI
from rows import answered, check, passes, refused


def drive(site):
    qrs = qsAPI.QRS(
        proxy="localhost",
        port=site["port"],
        certificate=(site["certificate"], site["key"]),
        user=("INTERNAL", "sa_api", None),
    )
    file = os.path.join(site["folder"], "sales.qvf")

    def app(name):
        return qrs.AppGet(pFilter=f"name eq '{name}'")[0]

    def stream(name):
        return qrs.StreamGet(pFilter=f"name eq '{name}'")[0]["id"]

    passes("ping, about, version", lambda: check(qrs.getAbout()["buildVersion"] and qrs.getServerVersion()))
    passes("enums", lambda: check(qrs.getEnum()))
    passes("count apps", lambda: check(qrs.count("app") == 2))
    passes("apps by name", lambda: check(qrs.AppDictAttributes()))
    passes(
        "export",
        lambda: check(
            qrs.AppExport(app("Sales")["id"], file, "false").ok and os.path.getsize(file) >= 8000
        ),
    )
    passes("upload", lambda: answered(qrs.AppUpload(file, "Again")))
    passes("upload without data", lambda: answered(qrs.AppUpload(file, "Empty", False)))
    passes("replace", lambda: answered(qrs.AppReplace(app("Again")["id"], app("Live")["id"])))
    passes("publish", lambda: answered(qrs.AppPublish(app("Again")["id"], stream("Review"), "Published")))
    refused(
        "publish twice",
        "AssertionError: 40[03]",
        "4.4",
        lambda: answered(qrs.AppPublish(app("Published")["id"], stream("Everyone"))),
    )
    passes("copy", lambda: check(qrs.AppCopy(app("Sales")["id"], "Twin")["name"] == "Twin"))
    passes(
        "update",
        lambda: answered(qrs.AppUpdate(app("Twin")["id"], json.dumps({**app("Twin"), "description": "New"}))),
    )
    passes("delete", lambda: answered(qrs.AppDelete(app("Twin")["id"])))
    passes(
        "app objects",
        lambda: check(len(qrs.AppObjectGet(pFilter="objectType eq 'sheet'")) >= 2 and qrs.AppObjectCount()),
    )
    passes(
        "streams: create, delete",
        lambda: (qrs.StreamCreate("New"), answered(qrs.StreamDelete(stream("New")))),
    )
    passes("users: list", lambda: check(qrs.UserGet(pFilter="userId eq 'anna'")))
    passes("properties, tags", lambda: check(qrs.PropertiesGet() and qrs.TagsDictAttributes()))
    passes("reload tasks", lambda: check(qrs.ReloadTaskGet(pFilter="name eq 'Nightly'")))
    passes("reload an app", lambda: answered(qrs.AppReload(app("Sales")["id"])))
    refused(
        "upload over another app, the old way",
        "AssertionError: 400",
        "4.2",
        lambda: answered(
            qrs.driver.upload("/qrs/app/upload", file, {"name": "x", "replace": app("Live")["id"]})
        ),
    )
