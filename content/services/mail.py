"""The mails to editors: that something waits, and where. The worker sends them; no request waits for a mail server."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone

from content.models import StaffMail

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=5)  # a mail server that is away is not asked in every round
MOST_FAILURES = 3  # in a round: each may take as long as a server is silent, and the team's alerts wait meanwhile
SUBJECT = "A text is waiting for you"
TEXT = """Something about an article is waiting for you. To see what it is, sign in:

{address}

This text is always the same. It never says which article, or what was said.
"""


def message_to(person: User) -> mail.EmailMessage:
    """All that a mail to an editor can say."""
    return mail.EmailMessage(
        subject=SUBJECT,
        body=TEXT.format(address=f"{settings.STAFF_URL}/admin/"),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def deliver() -> int:
    """Send what is due, and return how much that was.

    A server with which no conversation begins is not asked again for a while. Whatever ends a conversation later may be
    about that one mail, like a mailbox that is full, said after the text: it waits alone, and the others come first
    the next time. What happened while a mail was on its way is told by one more. After a crash the same mail may come
    twice.
    """
    sent = failed = 0
    waiting = StaffMail.objects.filter(next_try__lte=timezone.now())
    people = waiting.select_related("to").only("since", "to__email", "to__is_active")
    for due in people.order_by("next_try", "since"):
        if due.to.is_active and due.to.email:
            has_begun = False
            try:
                with mail.get_connection() as connection:
                    has_begun = True
                    connection.send_messages([message_to(due.to)])
            except (OSError, ValueError):  # what smtplib raises is an OSError too
                log.warning("mail to an editor postponed", exc_info=True)
                (waiting.filter(pk=due.pk) if has_begun else waiting).update(next_try=timezone.now() + AGAIN)
                failed += 1
                if not has_begun or failed == MOST_FAILURES:
                    break
                continue
            sent += 1
        StaffMail.objects.filter(pk=due.pk, since=due.since).delete()
    return sent
