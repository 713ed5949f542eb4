"""What staff are told, and when: that something waits, and where to sign in. Sent by the worker, never in a request.

The team hears of everything at once. When nobody has looked for 15 minutes of duty time the second contact hears of it,
and after an hour whoever is on call. Looked at or not: when a promised time is over both hear of it at once, and the
second contact of every next step that is late by half an hour of duty time, until somebody claims or answers it. One
mail stands for all that waits: to each of them goes at most one in 5 minutes.

What the website took for junk wakes nobody, and may be a person all the same: the team is told at once, then at most
once an hour, and again each day until somebody has opened it.
"""

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import mail
from django.db.models import Exists, OuterRef
from django.utils import timezone

from admissions.alerts import transports
from admissions.models import Alert, Inquiry
from admissions.models.duty import DutyCalendar
from admissions.models.inquiry import InquiryQuerySet
from admissions.scheduling import slots

log = logging.getLogger(__name__)

ALARMS = {Alert.To.WEBHOOK: timedelta(0), Alert.To.SECOND: timedelta(minutes=15), Alert.To.ON_CALL: timedelta(hours=1)}
LATE = timedelta(minutes=30)  # of duty time, after a next step was due; as long as the half hour of a promise
AGAIN = timedelta(hours=1)  # of duty time, until it is said once more
REFUSALS_A_ROUND = 10

SUBJECTS = {
    Alert.To.TEAM: "Something is waiting for you",
    Alert.To.WEBHOOK: "Something is waiting for you",
    Alert.To.SECOND: "Still waiting: nobody is seeing to it",
    Alert.To.ON_CALL: "Urgent: something is waiting, and nobody is seeing to it",
    Alert.To.TRAY: "Please look through the junk tray: a person may be waiting in it",
    Alert.To.SYNTHETIC_CHECK: "The website tests its alerts: nothing to do",
}
TEXT = """The subject of this message is all that it can say. To see what waits, sign in:

{address}

This text is always the same. It never says who wrote, or what.
"""


@dataclass(frozen=True)
class StaffAlert:
    """All that an alert can say. There is no field for a person's data, and there must never be one."""

    alert_id: uuid.UUID
    to: Alert.To

    @property
    def text(self) -> str:
        return TEXT.format(address=f"{settings.STAFF_URL}/admin/")

    def as_email(self) -> mail.EmailMessage:
        """Always the same text to one address. Sent twice after a crash, it has the same Message-ID."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
        return mail.EmailMessage(
            subject=SUBJECTS[self.to],
            body=self.text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[address_of(self.to)],
            headers={"Message-ID": f"<{self.alert_id}@{domain}>", "Auto-Submitted": "auto-generated"},
        )

    def as_json(self) -> str:
        """For a webhook: chat programs show `text`."""
        return json.dumps({"text": f"{SUBJECTS[self.to]}\n\n{self.text}"})


def address_of(to: str) -> str:
    return {
        Alert.To.TEAM: settings.STAFF_ALERT_EMAIL,
        Alert.To.WEBHOOK: settings.ALERT_WEBHOOK_URL,
        Alert.To.SECOND: settings.SECOND_CONTACT_EMAIL,
        Alert.To.ON_CALL: settings.ON_CALL_EMAIL,
        Alert.To.TRAY: settings.STAFF_ALERT_EMAIL,
        Alert.To.SYNTHETIC_CHECK: settings.PROBE_EMAIL,
    }[Alert.To(to)]


def raise_alarms() -> None:
    """Forget the alerts that somebody has seen to, and raise the alarms of the others as their time comes."""
    now = timezone.now()
    if not Alert.objects.exists() and not Inquiry.objects.due(now).exists():
        return
    calendar = DutyCalendar.read(since=now - slots.HORIZON)
    broken = Inquiry.objects.with_broken_promise(now)
    late = Inquiry.objects.neglected(slots.on_duty_since(calendar, LATE, now=now))
    overdue: dict[str, InquiryQuerySet] = {
        Alert.To.WEBHOOK: broken,
        Alert.To.SECOND: broken | late,
        Alert.To.ON_CALL: broken,
    }
    Alert.objects.over(overdue).delete()
    Alert.objects.repeatable(now, since=slots.on_duty_since(calendar, AGAIN, now=now)).delete()  # raised anew below
    Alert.objects.tell_again_of_tray(now)
    for to, patience in ALARMS.items():
        if not address_of(to):
            Alert.objects.undelivered().filter(to=to).delete()  # of when there was one
            continue
        raised = Exists(Alert.objects.filter(to=to, inquiry=OuterRef("inquiry")))
        unseen = Alert.objects.filter(to=Alert.To.TEAM, created__lte=slots.on_duty_since(calendar, patience, now=now))
        waits = {*unseen.filter(~raised).values_list("inquiry", flat=True)}
        waits |= {*overdue[to].exclude(alerts__to=to).values_list("pk", flat=True)}
        Alert.objects.bulk_create(
            [Alert(inquiry_id=inquiry_id, to=to) for inquiry_id in waits], batch_size=500, ignore_conflicts=True
        )


class Round(NamedTuple):
    sent: int
    postponed: int


def deliver_due(*, stop: Callable[[], bool] = lambda: False) -> Round:
    """Tell everybody who has to be told now. A mail server that is away is not asked again in this round.

    A crash between the server's yes and our note of it sends the same mail once more, after its lease.
    """
    sent = postponed = 0
    mail_is_away = False
    for to in Alert.To:
        if mail_is_away and to != Alert.To.WEBHOOK:
            continue
        for _ in range(REFUSALS_A_ROUND):
            if stop() or (alert := Alert.objects.take(to)) is None:
                break
            outcome = _send(StaffAlert(alert.id, to))
            if not outcome.error:
                alert.batch.delivered()
                sent += 1
                break
            log.warning("alert to %s postponed: %s, try %s", to.value, outcome.error, alert.tries)
            postponed += 1
            if outcome.refused_for_good:  # of this one: another may pass
                alert.refuse(outcome.error)
                continue
            alert.batch.postpone(error=outcome.error, wait=alert.wait)
            mail_is_away = mail_is_away or (outcome.server_away and to != Alert.To.WEBHOOK)
            break
    return Round(sent, postponed)


def _send(alert: StaffAlert) -> transports.Outcome:
    try:
        if alert.to == Alert.To.WEBHOOK:
            return transports.post(settings.ALERT_WEBHOOK_URL, alert.as_json(), "application/json")
        return transports.send_mail(alert.as_email())
    except Exception as error:  # one alert that cannot be built must not hold up the others
        log.error("an alert cannot be built", exc_info=True)
        return transports.Outcome(type(error).__name__, refused_for_good=True)
