"""The yardstick: a WSGI function that returns the page kept in the folder $BARE_PAGE, and does nothing else."""

import json
import os
from pathlib import Path

folder = Path(os.environ["BARE_PAGE"])
body = (folder / "body").read_bytes()
headers = [tuple(header) for header in json.loads((folder / "headers.json").read_text())]


def application(environ, start_response):
    start_response("200 OK", headers)
    return [body]
