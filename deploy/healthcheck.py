"""Exit 0 when the site in this container answers. It is asked by a name that it serves, or it would refuse.

`healthcheck.py /readyz` asks instead whether all works that it needs, and prints the answer.
`healthcheck.py --heartbeat=FILE` asks whether the worker touched that file in the last ten minutes.
"""

import http.client
import os
import sys
import time

what = (sys.argv[1:] or ["/healthz"])[0]
if what.startswith("--heartbeat="):
    try:
        age = time.time() - os.stat(what.removeprefix("--heartbeat=")).st_mtime
    except FileNotFoundError:
        sys.exit("no heartbeat yet")
    print(f"{age:.0f} seconds ago")
    sys.exit(age > 600)
host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
site = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
site.request("GET", what, headers={"Host": host} if host else {})
answer = site.getresponse()
print(answer.read().decode().strip())
sys.exit(answer.status != 200)
