"""How an alert leaves the site: by mail, to a webhook, to the alarm outside.

Each says what became of it by name and code only: the text of a server's error may hold addresses.
"""

import contextlib
import http.client
import signal
import smtplib
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core import mail

TIMEOUT = 10  # seconds for each step of talking to a web server; the settings say it of the mail server
LIMIT = 60  # seconds for all of it; an alert is leased for longer


class Outcome(NamedTuple):
    error: str = ""  # its name and code
    refused_for_good: bool = False
    server_away: bool = False


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Raises `TimeoutError` in the midst of what takes longer than LIMIT.

    A server that sends byte by byte is never silent, and would hold the worker for as long as it likes. Only the main
    thread can be interrupted: that is where the worker works, and elsewhere there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = False

    def ring(number: int, frame: FrameType | None) -> None:
        if not is_over:  # it may ring once more before it is off
            raise TimeoutError

    former = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT, 1)  # then each second: a library may go on with another address
    try:
        yield
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def send_mail(message: mail.EmailMessage) -> Outcome:
    """The server is away when no conversation begins. What ends one may be this mail, and another may pass."""
    has_begun = False
    try:
        with limited(), mail.get_connection() as connection:
            has_begun = True
            if connection.send_messages([message]) == 1:
                return Outcome()
        return Outcome("nobody to send to")
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Outcome(f"SMTPRecipientsRefused {max(codes)}", refused_for_good=min(codes) >= 500)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return Outcome(f"{type(error).__name__} {error.smtp_code}", refused_for_good=error.smtp_code >= 500)
    except OSError as error:  # refused, silent, cut off, or no sign-in; smtplib's other errors are among them
        code = getattr(error, "smtp_code", error.errno)
        return Outcome(f"{type(error).__name__} {code or ''}".strip(), server_away=not has_begun)


@contextlib.contextmanager
def response_to(
    method: str, url: str, body: bytes | None, headers: dict[str, str]
) -> Iterator[http.client.HTTPResponse]:
    """One answer of a web server, followed nowhere. Raises `OSError`, `http.client.HTTPException` and `ValueError`."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    target = f"{parts.path or '/'}?{parts.query}".removesuffix("?")
    with limited(), contextlib.closing(connection):
        connection.request(method, target, body, headers)
        yield connection.getresponse()


def post(url: str, body: str, content_type: str) -> Outcome:
    """The server must answer with 2xx; it is never followed elsewhere. It may keep `body`, so no person is in it."""
    try:
        with response_to("POST", url, body.encode(), {"Content-Type": content_type}) as response:
            status = response.status
    except OSError as error:
        return Outcome(type(error).__name__, server_away=True)
    except (http.client.HTTPException, ValueError) as error:
        return Outcome(type(error).__name__)
    if 200 <= status < 300:
        return Outcome()
    return Outcome(f"HTTP {status}", refused_for_good=300 <= status < 500 and status not in {408, 425, 429})
