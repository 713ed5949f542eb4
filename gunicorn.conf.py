"""How gunicorn serves the site, on a laptop and in the image. Its log lines name no visitor."""

import gc
import os
import resource
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn import glogging

from magnified.logs import SafeFormatter, leaves_a_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magnified.settings")
try:
    trusted_proxies = settings.TRUSTED_PROXIES
except ImproperlyConfigured as error:
    sys.exit(f"The site does not start. {error}")


class DiscreetLogger(glogging.Logger):
    """gunicorn reports a malformed request with the visitor's address, a failed one with its whole URL: left out."""

    def setup(self, cfg: Any) -> None:
        """One event is one line of JSON: a line break or a colour in an address cannot make a line of its own."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(SafeFormatter())

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().warning("Invalid request" if msg.startswith("Invalid request from") else msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        if leaves_a_line(environ["REQUEST_METHOD"], environ["PATH_INFO"], resp.status_code):
            super().access(resp, req, environ, request_time)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Error handling request"):
            msg, args = "Error handling request", ()
        super().exception(msg, *args, **kwargs)


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a process that dies writes no message into a core file

wsgi_app = "magnified.wsgi"
bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = 2
threads = 4
preload_app = True  # Django is read once, before the fork; starting reads no database, so nothing is shared by mistake
# A worker that has answered so many gives way to a new one, and what people wrote is gone from its memory.
max_requests = 1000
max_requests_jitter = 500  # not all at once
timeout = 30
graceful_timeout = 10
control_socket_disable = True  # otherwise a socket in the home folder accepts commands
forwarded_allow_ips = ",".join(trusted_proxies)  # unset: nobody's X-Forwarded-* headers count
forwarder_headers = ""  # by default a proxy may name the script, and with it every address on a page
logger_class = DiscreetLogger
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"  # no address, query, referrer or browser


def when_ready(server: Any) -> None:
    """Before the fork: what was read till now stays shared, since no worker's collector writes to it any more."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    if refresh_forever := getattr(worker.wsgi, "refresh_forever", None):  # a benchmark's application has none
        threading.Thread(target=refresh_forever, daemon=True).start()
