"""Drives a simulated site with a client in Python: main.py CLIENT SITE. Prints its rows as one line of JSON."""

import importlib
import json
import logging
import os
import sys

from rows import rows

client, given = sys.argv[1:]
site = json.loads(given)
logging.disable(logging.CRITICAL)
# Whatever a machine has set here would win over what a client asks for.
os.environ["REQUESTS_CA_BUNDLE"] = site["root"]
importlib.import_module(f"drive_{client.replace('-', '_')}").drive(site)
print(json.dumps(rows))
