"""How an alert leaves the house: by mail, to a webhook, to the alarm outside.

Each says what became of it by name and code only: the text of a server's error may hold addresses.
"""

import http.client
import json
import smtplib
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core import mail

TIMEOUT = 10  # seconds for each step of talking to a server


class Outcome(NamedTuple):
    error: str = ""  # its name and code
    refused_for_good: bool = False
    server_away: bool = False


def send_mail(message: mail.EmailMessage) -> Outcome:
    try:
        with mail.get_connection(timeout=TIMEOUT) as connection:
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
        return Outcome(f"{type(error).__name__} {code or ''}".strip(), server_away=True)
    except Exception as error:  # noqa: BLE001 reason=one alert that cannot be built must not hold up the others
        return Outcome(type(error).__name__, refused_for_good=True)


def post(url: str, said: dict[str, str]) -> Outcome:
    """To a webhook, as JSON. It must answer with 2xx; it is never followed elsewhere."""
    return _ask("POST", url, json.dumps(said).encode())


def ping(url: str) -> Outcome:
    """Tell the alarm outside that all is well."""
    return _ask("GET", url, None)


def _ask(method: str, url: str, body: bytes | None) -> Outcome:
    try:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            target = f"{parts.path or '/'}?{parts.query}".removesuffix("?")
            connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
            status = connection.getresponse().status
        finally:
            connection.close()
    except OSError as error:
        return Outcome(type(error).__name__, server_away=True)
    except (http.client.HTTPException, ValueError) as error:
        return Outcome(type(error).__name__)
    if 200 <= status < 300:
        return Outcome()
    return Outcome(f"HTTP {status}", refused_for_good=300 <= status < 500 and status not in {408, 425, 429})
