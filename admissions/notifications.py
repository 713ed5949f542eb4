"""The alert to staff: something waits, and where to sign in. Sent by the worker from the outbox, never in a request."""

import logging
import smtplib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.core import mail

from admissions.models import Alert

log = logging.getLogger(__name__)

TIMEOUT = 10  # seconds for each step of talking to the mail server
SUBJECT = "Something is waiting for you"
TEXT = """Something is waiting for you on the website. Please sign in and look:

{address}

This message is always the same. It never says who wrote, or what.
"""


@dataclass(frozen=True)
class StaffAlert:
    """All that an alert can say. There is no field for a person's data, and there must never be one."""

    alert_id: uuid.UUID

    def as_email(self) -> mail.EmailMessage:
        """Always the same text to the same address. Sent twice after a crash, it has the same Message-ID."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
        return mail.EmailMessage(
            subject=SUBJECT,
            body=TEXT.format(address=f"{settings.STAFF_URL}/admin/"),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[settings.STAFF_ALERT_EMAIL],
            headers={"Message-ID": f"<{self.alert_id}@{domain}>"},
        )


class Round(NamedTuple):
    sent: int
    postponed: int


def deliver_due(*, stop: Callable[[], bool] = lambda: False) -> Round:
    """Send every alert that is due. A mail server that is away ends the round; a refused alert does not.

    A crash between the server's yes and the deletion sends the alert once more, after its lease.
    """
    sent = postponed = 0
    for alert in Alert.objects.due():
        if stop():
            break
        if not alert.lease():
            continue
        error, refused_for_good, server_away = _send(StaffAlert(alert.id))
        if not error:
            alert.delete()
            sent += 1
            continue
        alert.postpone(error=error, refused_for_good=refused_for_good)
        postponed += 1
        log.warning("alert postponed: %s, try %s, dead: %s", error, alert.tries, alert.dead_since is not None)
        if server_away:
            break
    return Round(sent, postponed)


class _Outcome(NamedTuple):
    error: str  # its name and code: the text of a mail server's error holds addresses
    refused_for_good: bool = False
    server_away: bool = False


def _send(alert: StaffAlert) -> _Outcome:
    try:
        with mail.get_connection(timeout=TIMEOUT) as connection:
            if connection.send_messages([alert.as_email()]) == 1:
                return _Outcome("")
        return _Outcome("nobody to send to")
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return _Outcome(f"SMTPRecipientsRefused {max(codes)}", refused_for_good=min(codes) >= 500)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _Outcome(f"{type(error).__name__} {error.smtp_code}", refused_for_good=error.smtp_code >= 500)
    except OSError as error:  # refused, silent, cut off, or no sign-in; smtplib's other errors are among them
        code = getattr(error, "smtp_code", error.errno)
        return _Outcome(f"{type(error).__name__} {code or ''}".strip(), server_away=True)
    except Exception as error:  # noqa: BLE001 reason=one alert that cannot be built must not hold up the others
        return _Outcome(type(error).__name__, refused_for_good=True)
