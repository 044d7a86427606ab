"""The operators of tensor365/AIRFLOW-QLIKSENSE-CLIENT-MANAGED."""

import logging
import os
import sys
import time
import types

from rows import answered, check, passes, refused


def drive(site):
    stand_in_for_airflow(site)
    from airflow.providers.qlik_sense.operators.reload_app_operator import QlikSenseReloadAppOperator
    from airflow.providers.qlik_sense.operators.reload_externaltask_operator import (
        QlikSenseExternalTaskOperator,
    )
    from airflow.providers.qlik_sense.operators.reload_task_operator import QlikSenseReloadTaskOperator
    from airflow.providers.qlik_sense.hooks.qlik_sense_hook_jwt import QlikSenseHookJWT
    from airflow.providers.qlik_sense.hooks.qlik_sense_hook_ntlm import QlikSenseHookNTLM

    def first(path, name, user):
        response = answered(QlikSenseHookJWT(user).run("GET", f"/qrs/{path}?filter=name eq '{name}'"))
        return response.json()[0]["id"]

    def about(user):
        return answered(QlikSenseHookJWT(user).run("GET", "/qrs/about"))

    def reload_app():
        return QlikSenseReloadAppOperator(app_id=first("app", "Live", "u1"), conn_id="u1").execute({})

    def reload_task(user):
        task = first("reloadtask", "Nightly", "u5")
        answer = QlikSenseReloadTaskOperator(
            taskId=task, conn_id=user, waitUntilFinished=user != "redirected"
        ).execute({})
        check("value" in answer, "no session came back")

    def external_task():
        task = first("externalprogramtask", "Copy", "u3")
        return check("value" in QlikSenseExternalTaskOperator(taskId=task, conn_id="u3").execute({}))

    passes("jwt: about", lambda: about("u4"))
    passes("jwt: reload an app", reload_app)
    passes("jwt: reload by task", lambda: reload_task("u2"))
    passes("jwt: external task", external_task)
    refused(
        "jwt: a sixth session of one user",
        "AssertionError: 403",
        "2.2",
        lambda: [about("u4") for _ in range(5)],
    )
    refused("jwt: a token that is none", "AssertionError: 401", "2.3", lambda: about("nobody"))
    passes("ntlm: about", lambda: answered(QlikSenseHookNTLM("redirected").run("GET", "/qrs/about")))
    passes("ntlm: reload by task", lambda: reload_task("windows"))
    # Its cookie is for the whole address, port and prefix and all, so the POST goes without one.
    refused(
        "ntlm: a POST without a cookie, redirected",
        "no session came back|session cookies",
        "2.5",
        lambda: reload_task("redirected"),
    )


def stand_in_for_airflow(site):
    """The little of Airflow that its provider uses: connections, a log, two base classes. And a shorter sleep."""
    jwt, ntlm = site["jwt"], site["ntlm"]
    # A user for each task: the provider opens a session with every call, and a user may have five.
    connections = {
        **{
            user: ("qlik_sense_client_managed_jwt", jwt["url"], None, token)
            for user, token in jwt["tokens"].items()
        },
        "nobody": ("qlik_sense_client_managed_jwt", jwt["url"], None, "no.token.atall"),
        "redirected": ("qlik_sense_client_managed_ntlm", ntlm["url"], ntlm["user"], ntlm["password"]),
        "windows": ("qlik_sense_client_managed_ntlm", ntlm["atOnce"], ntlm["user"], ntlm["password"]),
    }

    class Hook:
        log = logging.getLogger("airflow")

        @classmethod
        def get_connection(cls, name):
            kind, host, login, password = connections[name]
            return types.SimpleNamespace(conn_type=kind, host=host, login=login, password=password)

    class Operator:
        log = logging.getLogger("airflow")

        def __init__(self, **kwargs):
            pass

    site_packages = next(path for path in sys.path if os.path.isdir(os.path.join(path, "airflow")))
    for name, own in {
        "airflow": {"__path__": [os.path.join(site_packages, "airflow")]},
        "airflow.exceptions": {"AirflowException": RuntimeError},
        "airflow.models": {"BaseOperator": Operator},
        "airflow.hooks": {"__path__": []},
        "airflow.hooks.base": {"BaseHook": Hook},
    }.items():
        module = types.ModuleType(name)
        module.__dict__.update(own)
        sys.modules[name] = module
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, 0.2))
