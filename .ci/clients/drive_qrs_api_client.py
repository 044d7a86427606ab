"""rumen-vasilev/qrs-api-client."""

import os
import uuid

from qrs_api_client.auth import AuthManager
from qrs_api_client.client import QRSClient
from rows import answered, check, passes, refused


def drive(site):
    auth = AuthManager(site["certificate"], site["key"], site["root"])
    qrs = QRSClient("localhost", site["port"], "certificate", auth)
    file = os.path.join(site["folder"], "Sales.qvf")

    def app_id(name):
        return str(qrs.app_get_id(name)[0])

    def path(kind, name):
        return qrs.get(f"/qrs/{kind}/full", {"filter": f"name eq '{name}'"})[0]

    passes("about", lambda: check(qrs.get("/qrs/about")["buildVersion"]))
    passes("app and stream by name", lambda: check(app_id("Sales") and qrs.stream_get_id("Review")))

    def export():
        path = qrs.post(f"/qrs/app/{app_id('Sales')}/export/{uuid.uuid4()}")["downloadPath"]
        headers = {"X-Qlik-Xrfkey": qrs.xrf, "X-Qlik-User": "UserDirectory=INTERNAL;UserID=sa_repository"}
        response = answered(qrs.session.get(f"{site['url']}{path}&Xrfkey={qrs.xrf}", headers=headers))
        with open(file, "wb") as target:
            target.write(response.content)
        check(len(response.content) >= 8000)

    # It reads the file of the export as JSON, and goes on with nothing.
    refused(
        "export by its own method",
        "NoneType",
        "4.1",
        lambda: qrs.app_export(app_id("Sales"), site["folder"], "Sales.qvf"),
    )
    passes("export by its own session", export)
    passes("upload", lambda: check(qrs.app_upload("Again", file)["name"] == "Again"))
    passes(
        "tags: create, set",
        lambda: (
            qrs.create_tag("New"),
            qrs.app_set_tags(app_id("Again"), ["New"]),
            check(path("app", "Again")["tags"][0]["name"] == "New"),
        ),
    )
    passes(
        "properties: create, set",
        lambda: (
            qrs.create_custom_property("Level", choice_values=["1"], object_types=["App"]),
            qrs.app_set_custom_properties(app_id("Again"), {"Level": ["1"]}),
            check(path("app", "Again")["customProperties"][0]["value"] == "1"),
        ),
    )
    passes(
        "change the owner",
        lambda: (
            qrs.app_change_owner(app_id("Again"), "COMPANY", "anna"),
            check(path("app", "Again")["owner"]["userId"] == "anna"),
        ),
    )
    passes(
        "reload task: create",
        lambda: check(qrs.reloadtask_create(app_id("Again"), "New task")["name"] == "New task"),
    )
    passes(
        "reload by task, and follow it",
        lambda: check(qrs.app_reload(path("reloadtask", "Nightly")["id"], 0.05)["success"]),
    )
    passes("reload an app as the QMC does", lambda: check(qrs.app_reload(app_id("Again"), 0.05)["success"]))
    passes("delete", lambda: qrs.delete(f"/qrs/app/{app_id('Again')}"))
    passes("it is gone", lambda: check(not qrs.app_get_id("Again")))
