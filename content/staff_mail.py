"""The mails to editors: that something waits, and where. The worker sends them; no request waits for a mail server."""

import logging
import smtplib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import mail
from django.utils import timezone

from content.models import StaffMail

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=5)  # a mail server that is away is not asked in every round
SUBJECT = "A text is waiting for you"
TEXT = """Something about an article is waiting for you. To see what it is, sign in:

{address}

This text is always the same. It never says which article, or what was said.
"""


def message_to(person: Any) -> mail.EmailMessage:
    """All that a mail to an editor can say."""
    return mail.EmailMessage(
        subject=SUBJECT,
        body=TEXT.format(address=f"{settings.STAFF_URL}/admin/"),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def is_about_one(error: Exception) -> bool:
    """The server, or what cannot be built, says no to this mail; it may take another."""
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return error.smtp_code >= 500  # like a mailbox that is full, said after the text
    return isinstance(error, smtplib.SMTPRecipientsRefused | ValueError)


def deliver() -> int:
    """Send what is due, and return how much that was. A server that is away is not asked again in this round.

    What happened while a mail was on its way is told by one more. After a crash the same mail may come twice.
    """
    sent = 0
    waiting = StaffMail.objects.filter(next_try__lte=timezone.now())
    for due in waiting.select_related("to").order_by("since"):
        if due.to.is_active and due.to.email:
            try:
                with mail.get_connection() as connection:
                    connection.send_messages([message_to(due.to)])
            except (OSError, ValueError) as error:  # what smtplib raises is an OSError too
                log.warning("mail to an editor postponed: %s", type(error).__name__)
                postponed = waiting.filter(pk=due.pk) if is_about_one(error) else waiting
                postponed.update(next_try=timezone.now() + AGAIN)
                if is_about_one(error):
                    continue
                break
            sent += 1
        StaffMail.objects.filter(pk=due.pk, since=due.since).delete()
    return sent
