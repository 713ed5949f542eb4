"""Exit 0 when the site in this container answers. It is asked by a name that it serves, or it would refuse.

`healthcheck.py /readyz` asks instead whether all works that it needs, and prints the answer.
"""

import http.client
import os
import sys

host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
site = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
site.request("GET", (sys.argv[1:] or ["/healthz"])[0], headers={"Host": host} if host else {})
answer = site.getresponse()
print(answer.read().decode().strip())
sys.exit(answer.status != 200)
