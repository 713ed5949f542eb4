import contextlib
import dataclasses
import datetime
import http.server
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import uuid
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from admissions.alerts import transports
from admissions.alerts.outbox import Round, StaffAlert, deliver_due, raise_alarms
from admissions.alerts.synthetic_check import Browser
from admissions.management.commands.worker import Command as Worker
from admissions.models import Alert, Inquiry
from admissions.models.alert import LEASE, LONGEST_WAIT, MOST_REFUSALS, QUIET
from admissions.services import desk, team
from content.models import StaffMail
from content.services.workflow import notify
from tests.admissions.calendars import at
from tests.admissions.factories import BODY, make_inquiry, make_staff, put_on_duty, times
from tests.content.factories import make_user
from tests.faults.rig import figure

pytestmark = pytest.mark.django_db

To = Alert.To


class Sink:
    """A real mail server that keeps what it takes. `answer` is said after RCPT, `answer_to_data` after the text.

    It never takes a mail with one of the `poison` Message-IDs, nor one to `nobody`, and drops the line on others.
    """

    def __init__(self):
        self.taken, self.answer, self.answer_to_data = [], "250 OK", "250 OK"
        self.poison, self.nobody, self.hangs_up_on = set(), set(), set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.nobody:
            return "550 no such person robin@example.com"
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):
        if message_id(envelope) in self.poison:
            return "554 never"
        if self.answer_to_data == "hang up" or envelope.rcpt_tos[0] in self.hangs_up_on:
            session.transport = server.transport
            server.transport.abort()
            return "421 gone"
        if self.answer_to_data.startswith("250"):
            self.taken.append(envelope)
        return self.answer_to_data

    @property
    def told(self):
        return [envelope.rcpt_tos[0].partition("@")[0] for envelope in self.taken]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def use_smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.STAFF_ALERT_EMAIL, settings.SECOND_CONTACT_EMAIL = "team@example.com", "second@example.com"
    settings.ON_CALL_EMAIL, settings.PROBE_EMAIL = "on-call@example.com", "probe@example.com"
    return settings


@pytest.fixture
def sink(use_smtp):
    handler = Sink()
    server = Controller(handler, hostname="127.0.0.1", port=use_smtp.EMAIL_PORT)
    server.start()
    yield handler
    server.stop()


@pytest.fixture
def clock(time_machine):
    time_machine.move_to("2026-03-01T09:00:00Z", tick=False)
    return time_machine


def minutes(number):
    return datetime.timedelta(minutes=number)


def message_id(envelope):
    return re.search(rb"^Message-ID: (.+?)\r?$", envelope.content, re.MULTILINE)[1]


def look_at(inquiry):
    team.open_thread(inquiry=inquiry, actor=make_staff())


# What is said


def test_an_alert_has_no_field_for_a_persons_data():
    assert {field.name: field.type for field in dataclasses.fields(StaffAlert)} == {"alert_id": uuid.UUID, "to": To}
    with pytest.raises(AttributeError):
        StaffAlert(uuid.uuid4(), To.TEAM).name = "Robin"


def test_every_alert_has_the_same_text_and_one_address(sink, settings, clock):
    make_inquiry()
    deliver_due()
    clock.shift(QUIET)
    make_inquiry(kind="call", body={"name": "Zaphira Quill", "message": "canary of the night", "language": "es"})
    clock.shift(minutes(60))
    raise_alarms()
    deliver_due()
    assert sink.told == ["team", "team", "second", "on-call"]
    assert {tuple(envelope.rcpt_tos) for envelope in sink.taken} == {
        (settings.STAFF_ALERT_EMAIL,),
        (settings.SECOND_CONTACT_EMAIL,),
        (settings.ON_CALL_EMAIL,),
    }
    assert {envelope.mail_from for envelope in sink.taken} == {settings.DEFAULT_FROM_EMAIL}
    assert len({envelope.content.split(b"\r\n\r\n", 1)[1] for envelope in sink.taken}) == 1
    heads = [envelope.content.split(b"\r\n\r\n", 1)[0].split(b"\r\n") for envelope in sink.taken[:2]]
    differing = {one.split(b":")[0] for one, two in zip(*heads, strict=True) if one != two}
    assert differing == {b"Message-ID", b"Date"}
    for envelope in sink.taken:
        assert b"canary" not in envelope.content and b"Zaphira" not in envelope.content


@pytest.mark.parametrize("to", list(To))
def test_an_alert_says_where_to_sign_in_and_nothing_of_who_wrote(settings, to):
    inquiry = make_inquiry()
    settings.ALERT_WEBHOOK_URL = "https://hooks.example.com/x"
    alert = StaffAlert(inquiry.alerts.get().id, to)
    email, sent = alert.as_email(), alert.as_email().message().as_string() + alert.as_json()
    assert (
        f"{settings.STAFF_URL}/admin/" in email.body
        and f"{settings.STAFF_URL}/admin/" in json.loads(alert.as_json())["text"]
    )
    for word in (*BODY.values(), str(inquiry.pk), inquiry.public_id):
        assert word not in sent or word in {"no", "phone"}
    assert (len(email.to), email.cc, email.bcc, email.attachments, email.reply_to) == (1, [], [], [], [])


@pytest.mark.parametrize(
    ("sender", "domain"), [("a@example.com", "example.com"), ("Us <a@example.com>", "example.com"), ("a", "a")]
)
def test_the_message_id_is_made_of_the_alerts_own_id(settings, sender, domain):
    settings.DEFAULT_FROM_EMAIL, alert = sender, uuid.uuid4()
    headers = StaffAlert(alert, To.TEAM).as_email().extra_headers
    assert headers == {"Message-ID": f"<{alert}@{domain}>", "Auto-Submitted": "auto-generated"}


# Sending


def test_a_delivered_alert_is_sent_once_and_kept_until_somebody_looks(sink):
    inquiry = make_inquiry()
    assert deliver_due() == Round(1, 0)
    assert deliver_due() == Round(0, 0)
    assert len(sink.taken) == 1
    assert Alert.objects.get().delivered_at
    look_at(inquiry)
    raise_alarms()
    assert not Alert.objects.exists()


def test_one_mail_stands_for_all_that_waits(sink, clock):
    amount = times(short=10, full=1000)
    for _ in range(amount):
        make_inquiry()
    assert deliver_due() == Round(1, 0)
    assert not Alert.objects.undelivered().exists()
    assert len(sink.taken) == 1


def test_in_a_flood_the_team_hears_of_it_at_most_once_in_five_minutes(sink, clock):
    for _ in range(180):
        make_inquiry()
        deliver_due()
        clock.shift(datetime.timedelta(seconds=10))
    assert len(sink.taken) == 180 * 10 / QUIET.total_seconds()


def test_whoever_has_looked_at_everything_hears_of_the_next_message_at_once(sink, clock):
    make_inquiry()
    deliver_due()
    make_inquiry()
    assert deliver_due() == Round(0, 0), "control: it waits while the first one does"
    for inquiry in Inquiry.objects.all():
        look_at(inquiry)
    clock.shift(datetime.timedelta(seconds=1))
    make_inquiry()
    raise_alarms()
    assert deliver_due() == Round(1, 0)
    assert Alert.objects.count() == 1


def test_a_server_that_is_away_ends_the_round_and_nothing_is_lost(use_smtp, clock):
    for _ in range(5):
        make_inquiry()
    assert deliver_due() == Round(0, 1)
    assert Alert.objects.undelivered().count() == 5
    postponed = Alert.objects.first()
    assert postponed.last_error.startswith("ConnectionRefusedError")
    assert (postponed.tries, postponed.refusals, postponed.leased_until) == (1, 0, None)


@contextlib.contextmanager
def mail_server(port, fault=""):
    """One with this fault on that port: it refuses, hangs, is busy, or drops the line after the text."""
    if fault == "refuses":
        yield None
    elif fault == "hangs":
        with socket.create_server(("127.0.0.1", port), backlog=2000):
            yield None
    else:
        handler = Sink()
        handler.answer = "450 busy" if fault == "is busy" else handler.answer
        handler.answer_to_data = "hang up" if fault == "drops" else handler.answer_to_data
        server = Controller(handler, hostname="127.0.0.1", port=port)
        server.start()
        try:
            yield handler
        finally:
            server.stop()


@pytest.mark.parametrize("fault", ["refuses", "hangs", "is busy", "drops"])
def test_after_an_hour_without_mail_everybody_is_told_and_in_the_same_words(use_smtp, clock, fault):
    """P8, P24: at the end of the hour one mail to each tells of all that waits."""
    amount, step = times(short=5, full=1000), times(short=10, full=1)
    for _ in range(amount):
        make_inquiry()
    timeout = 0.1 if fault == "hangs" else use_smtp.EMAIL_TIMEOUT
    with mail_server(use_smtp.EMAIL_PORT, fault), override_settings(EMAIL_TIMEOUT=timeout):
        for _ in range(0, 60, step):
            raise_alarms()
            assert deliver_due().sent == 0, "control: nothing gets through"
            clock.shift(minutes(step))
    raise_alarms()
    assert not Alert.objects.exclude(dead_since=None).exists()
    assert Alert.objects.undelivered().count() == 3 * amount
    clock.shift(LONGEST_WAIT)
    with mail_server(use_smtp.EMAIL_PORT) as handler:
        assert deliver_due() == Round(3, 0)
    figure(
        "P8", f"mail server {fault} for an hour, {amount} inquiries: untold", Alert.objects.undelivered().count(), "0"
    )
    assert handler.told == ["team", "second", "on-call"]
    assert not Alert.objects.undelivered().exists()
    assert len({envelope.content.split(b"\r\n\r\n", 1)[1] for envelope in handler.taken}) == 1
    assert {len(envelope.rcpt_tos) for envelope in handler.taken} == {1}


def test_a_silent_server_costs_one_timeout(use_smtp, clock):
    use_smtp.EMAIL_TIMEOUT = 0.2
    make_inquiry()
    clock.shift(minutes(60))
    raise_alarms()
    accepted = []
    with socket.create_server(("127.0.0.1", use_smtp.EMAIL_PORT)) as silent:
        silent.settimeout(0)
        assert deliver_due() == Round(0, 1)
        while len(accepted) < 5:
            try:
                accepted.append(silent.accept()[0])
            except BlockingIOError:
                break
    for conversation in accepted:
        conversation.close()
    assert len(accepted) == 1, "three mails were due, one was tried"
    assert Alert.objects.exclude(last_error="").get().last_error in {"TimeoutError", "SMTPServerDisconnected"}


@pytest.mark.parametrize(
    ("answer", "answer_to_data", "error", "refusals", "tried"),
    [
        ("450 busy robin@example.com", "250 OK", "SMTPRecipientsRefused 450", 0, 1),
        ("550 unknown robin@example.com", "250 OK", "SMTPRecipientsRefused 550", 1, 2),
        ("250 OK", "451 later", "SMTPDataError 451", 0, 1),
        ("250 OK", "554 never", "SMTPDataError 554", 1, 2),
        ("250 OK", "hang up", "SMTPServerDisconnected", 0, 1),
    ],
)
def test_each_refusal_is_kept_by_name_and_code_and_tried_again(
    sink, clock, answer, answer_to_data, error, refusals, tried
):
    make_inquiry()
    make_inquiry()
    sink.answer, sink.answer_to_data = answer, answer_to_data
    assert deliver_due() == Round(0, tried)
    for alert in Alert.objects.all():
        assert (alert.last_error, alert.refusals) == (error, refusals)
    assert Alert.objects.first().due_at == timezone.now() + datetime.timedelta(seconds=5)
    sink.answer = sink.answer_to_data = "250 OK"
    clock.shift(LONGEST_WAIT)
    assert deliver_due() == Round(1, 0)
    assert not Alert.objects.undelivered().exists()
    assert not Alert.objects.exclude(refusals=0, last_error="").exists()


def test_waits_grow_to_five_minutes(use_smtp, clock):
    make_inquiry()
    waits = []
    for _ in range(9):
        deliver_due()
        alert = Alert.objects.get()
        waits.append((alert.due_at - timezone.now()).total_seconds())
        clock.move_to(alert.due_at, tick=False)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_one_poison_alert_stands_aside_and_the_others_are_sent(sink, clock):
    poison = make_inquiry().alerts.get()
    sink.poison.add(f"<{poison.id}@example.com>".encode())
    clock.shift(minutes(1))
    amount = times(short=10, full=1000)
    for _ in range(amount - 1):
        make_inquiry()
    assert deliver_due() == Round(1, 1)
    figure("P9", f"one poison alert among {amount}: untold others", Alert.objects.undelivered().count() - 1, "0")
    assert list(Alert.objects.undelivered()) == [poison]
    for _ in range(MOST_REFUSALS - 1):
        clock.shift(QUIET)
        assert deliver_due() == Round(0, 1)
    assert list(Alert.objects.exclude(dead_since=None)) == [poison]
    clock.shift(datetime.timedelta(minutes=30))
    make_inquiry()
    assert deliver_due() == Round(1, 0)
    assert list(Alert.objects.undelivered()) == [poison]


def test_an_address_that_takes_nothing_holds_up_no_other(sink, clock):
    sink.nobody = {"second@example.com"}
    make_inquiry()
    clock.shift(minutes(60))
    raise_alarms()
    assert deliver_due() == Round(2, 1)
    assert sink.told == ["team", "on-call"]
    for _ in range(MOST_REFUSALS):
        deliver_due()
        clock.shift(minutes(2))
    assert Alert.objects.exclude(dead_since=None).get().to == To.SECOND


def test_an_address_that_ends_its_conversation_holds_up_no_other(sink, clock):
    sink.hangs_up_on = {"team@example.com"}
    make_inquiry()
    clock.shift(minutes(60))
    raise_alarms()
    assert deliver_due() == Round(2, 1)
    assert sink.told == ["second", "on-call"]
    assert Alert.objects.undelivered().get().last_error == "SMTPServerDisconnected"


@pytest.mark.parametrize(
    ("stamp", "longest"), [("delivered_at", minutes(0)), ("leased_until", LEASE), ("due_at", LONGEST_WAIT)]
)
def test_what_a_clock_that_ran_ahead_has_stamped_silences_nobody(sink, clock, stamp, longest):
    alerts = make_inquiry().alerts
    if stamp != "due_at":  # which holds up itself alone
        make_inquiry()
    alerts.update(**{stamp: timezone.now() + longest})
    assert deliver_due() == Round(0, 0), "control: what an honest clock has stamped does"
    alerts.update(**{stamp: timezone.now() + minutes(180)})
    assert deliver_due() == Round(1, 0)


def test_a_clock_that_ran_ahead_does_not_keep_whoever_is_on_call_from_hearing_again(sink, clock):
    make_inquiry()
    clock.shift(minutes(60))
    raise_alarms()
    deliver_due()
    clock.shift(minutes(-180))
    Alert.objects.filter(to=To.TEAM).update(created=timezone.now() - minutes(60))
    for told in (2, 2, 3):
        raise_alarms()
        deliver_due()
        assert sink.told.count("on-call") == told, "at once, and an hour later"
        clock.shift(minutes(30))


def test_a_dead_alert_is_still_tried_once_an_hour(sink, clock):
    make_inquiry()
    Alert.objects.update(dead_since=timezone.now(), refusals=9, due_at=timezone.now() + minutes(60))
    assert deliver_due() == Round(0, 0)
    clock.shift(minutes(60))
    assert deliver_due() == Round(1, 0)


def test_an_alert_that_goes_while_the_server_refuses_it_holds_up_no_other(sink, clock, monkeypatch):
    make_inquiry()
    clock.shift(minutes(61))
    raise_alarms()
    sink.nobody, really = {"team@example.com"}, transports.send_mail

    def while_somebody_looks(message):
        if message.to == ["team@example.com"]:
            Alert.objects.filter(to=To.TEAM).delete()
        return really(message)

    monkeypatch.setattr(transports, "send_mail", while_somebody_looks)
    assert deliver_due() == Round(2, 1)
    assert sink.told == ["second", "on-call"]
    assert not Alert.objects.filter(to=To.TEAM).exists(), "it does not come back"


def test_an_alert_that_cannot_be_built_holds_up_no_other(sink, clock, monkeypatch):
    make_inquiry()
    make_inquiry()
    first, second = Alert.objects.order_by("created", "id")
    really = StaffAlert.as_email

    def fail_once(self):
        if self.alert_id == first.id:
            raise KeyError("secret words")
        return really(self)

    monkeypatch.setattr(StaffAlert, "as_email", fail_once)
    assert deliver_due() == Round(1, 1)
    assert Alert.objects.undelivered().get().last_error == "KeyError"
    assert message_id(sink.taken[0]).startswith(f"<{second.id}@".encode())


def test_without_an_address_nothing_counts_as_sent(sink, settings):
    settings.STAFF_ALERT_EMAIL = ""
    make_inquiry()
    assert deliver_due() == Round(0, 1)
    assert Alert.objects.get().last_error == "nobody to send to"


def test_a_delivered_alert_is_neither_on_its_way_nor_dead():
    make_inquiry()
    for words in ({"dead_since": timezone.now()}, {"leased_until": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Alert.objects.update(delivered_at=timezone.now(), **words)


# Alarms


def test_nobody_looks_so_the_second_contact_hears_of_it_and_then_whoever_is_on_call(sink, clock):
    make_inquiry()
    heard = []
    for _ in range(62):
        raise_alarms()
        deliver_due()
        heard.append(list(sink.told))
        clock.shift(minutes(1))
    assert heard[0] == heard[14] == ["team"]
    assert heard[15] == heard[59] == ["team", "second"]
    assert heard[60] == heard[61] == ["team", "second", "on-call"]


def test_an_alarm_nobody_follows_is_raised_again_each_hour_as_a_new_mail(sink, clock):
    make_inquiry()
    for _ in range(60 * 4):
        raise_alarms()
        deliver_due()
        clock.shift(minutes(1))
    assert sink.told == ["team", "second", "on-call", "on-call", "on-call"]
    assert len({message_id(envelope) for envelope in sink.taken}) == 5


@pytest.mark.parametrize("to", ["junk", "handled"])
def test_what_needs_nobody_any_more_alarms_nobody(sink, clock, to):
    make_inquiry(status=to, handled_on=timezone.localdate())
    clock.shift(minutes(61))
    raise_alarms()
    assert deliver_due() == Round(0, 0)
    assert not Alert.objects.exists()


def test_a_look_ends_the_alarms_and_being_found_by_a_search_does_not(sink, clock):
    inquiry, actor = make_inquiry(), make_staff()
    assert team.search(actor=actor, needle="twelve steps").matches == [inquiry]
    clock.shift(minutes(15))
    raise_alarms()
    deliver_due()
    assert sink.told == ["team", "second"], "control: a hit in a list is no look"
    look_at(inquiry)
    clock.shift(minutes(14))
    raise_alarms()
    deliver_due()
    assert sink.told == ["team", "second"]
    assert not Alert.objects.exists()


def rounds(clock, number, *, step=1, first=lambda: None):
    """A worker for that many minutes."""
    for _ in range(0, number, step):
        first()
        raise_alarms()
        deliver_due()
        clock.shift(minutes(step))


def glance_at_all():
    actor = make_staff()
    for inquiry in Inquiry.objects.all():
        team.open_thread(inquiry=inquiry, actor=actor)


@pytest.mark.parametrize("everybody", [glance_at_all, lambda: None], ids=["glance", "control, nobody looks"])
def test_everybody_only_glances_and_a_broken_promise_alarms_all_the_same(sink, clock, everybody):
    make_inquiry(promised_by=timezone.now() + minutes(30), next_at=timezone.now())
    rounds(clock, 1, first=everybody)
    told_of_new = len(sink.told)
    rounds(clock, 29, step=29)
    before = sink.told.count("on-call")
    rounds(clock, 130, step=10, first=everybody)
    assert (told_of_new, before) == (everybody is not glance_at_all, 0)
    assert sink.told.count("second") >= 1
    assert sink.told.count("on-call") == 3, "at once, and again after each hour"


def test_the_alarm_of_a_broken_promise_is_one_mail_however_often_it_is_looked_at(sink, clock):
    make_inquiry(promised_by=timezone.now(), next_at=timezone.now() - minutes(30))
    rounds(clock, 50, step=5, first=glance_at_all)
    assert sorted(sink.told) == ["on-call", "second"]


def answer(inquiry, actor):
    desk.take(inquiry=inquiry, actor=actor)
    team.open_thread(inquiry=inquiry, actor=actor)
    desk.record_attempt(inquiry=inquiry, actor=actor, version=inquiry.version, outcome="no_answer")


@pytest.mark.parametrize("looks_before", [False, True])
@pytest.mark.parametrize("ends_by", ["claim", "answer", "claim that ran out"])
def test_an_alarm_of_a_broken_promise_ends_when_somebody_is_at_it_and_comes_back_with_a_forgotten_claim(
    sink, clock, ends_by, looks_before
):
    inquiry, actor = make_inquiry(promised_by=timezone.now(), next_at=timezone.now() - minutes(30)), make_staff()
    if looks_before:
        look_at(inquiry)
    rounds(clock, 2)
    assert sink.told.count("on-call") == 1
    if ends_by == "answer":
        answer(inquiry, actor)
    else:
        desk.take(inquiry=inquiry, actor=actor)
        look_at(inquiry)
    if ends_by == "claim that ran out":
        Inquiry.objects.filter(pk=inquiry.pk).update(claimed_until=at("2020-01-01 8:00"))
        raise_alarms()
        assert set(Alert.objects.values_list("to", flat=True)) == {"second", "on_call"}
    else:
        raise_alarms()
        assert not Alert.objects.exists()


def test_a_broken_promise_alarms_in_the_night_too_and_again_after_an_hour_on_duty(sink, clock):
    clock.move_to(at("2026-11-24 17:30"), tick=False)
    put_on_duty(starts="08:00", ends="18:00")
    make_inquiry(promised_by=timezone.now() + minutes(30), next_at=timezone.now())
    rounds(clock, 1, first=glance_at_all)
    for moment, told in [("24 17:59", 0), ("24 18:00", 1), ("25 7:00", 1), ("25 8:59", 1), ("25 9:00", 2)]:
        clock.move_to(at(f"2026-11-{moment}"), tick=False)
        raise_alarms()
        deliver_due()
        assert sink.told.count("on-call") == told, moment


@pytest.mark.parametrize(
    ("columns", "rings"),
    [
        ({"status": "open"}, True),
        ({"status": "new"}, True),
        ({"status": "open", "do_not_contact": True}, True),
        ({"status": "waiting"}, False),
        ({"status": "open", "claimed_until": at("2037-01-01 8:00")}, False),
        ({"status": "handled", "next_at": None, "handled_on": datetime.date(2026, 11, 24)}, False),
        ({"status": "junk", "next_at": None, "handled_on": datetime.date(2026, 11, 24)}, False),
        ({"status": "open", "kind": "probe"}, False),
    ],
)
def test_the_second_contact_hears_of_a_call_that_is_late_by_half_an_hour_on_duty(sink, clock, columns, rings):
    clock.move_to(at("2026-11-24 17:00"), tick=False)
    put_on_duty(starts="08:00", ends="18:00")
    inquiry = make_inquiry()
    look_at(inquiry)
    clock.shift(minutes(1))
    words = {"promised_by": None, "next_at": at("2026-11-24 17:50")} | columns
    if "claimed_until" in columns:
        words["claimed_by"] = make_staff()
    Inquiry.objects.filter(pk=inquiry.pk).update(**words)
    for moment, told in [("24 17:59", []), ("25 7:59", []), ("25 8:19", []), ("25 8:20", ["second"] if rings else [])]:
        clock.move_to(at(f"2026-11-{moment}"), tick=False)
        raise_alarms()
        deliver_due()
        assert sink.told == told, moment
    clock.move_to(at("2026-11-25 9:21"), tick=False)
    raise_alarms()
    deliver_due()
    assert sink.told == (["second", "second"] if rings else []), "again after an hour, while it lasts"


def test_what_came_after_the_last_look_is_not_over(sink, clock):
    inquiry = make_inquiry()
    look_at(inquiry)
    clock.shift(minutes(1))
    later = Alert.objects.create(inquiry=inquiry)
    raise_alarms()
    assert list(Alert.objects.all()) == [later]
    clock.shift(minutes(15))
    raise_alarms()
    assert Alert.objects.filter(to=To.SECOND).count() == 1


def test_only_duty_time_counts(sink, clock):
    clock.move_to(at("2026-11-24 17:50"), tick=False)
    put_on_duty(starts="08:00", ends="18:00")
    make_inquiry()
    clock.move_to(at("2026-11-25 8:04"))
    raise_alarms()
    assert not Alert.objects.filter(to=To.SECOND).exists(), "ten minutes in the evening, four in the morning"
    clock.shift(minutes(1))
    raise_alarms()
    assert Alert.objects.filter(to=To.SECOND).exists()


def test_a_promise_that_passes_unopened_alarms_everybody_at_once(sink, clock):
    clock.move_to(at("2026-11-24 2:00"), tick=False)
    put_on_duty(starts="08:00", ends="18:00")
    make_inquiry(promised_by=timezone.now() + minutes(30))
    clock.shift(minutes(29))
    raise_alarms()
    deliver_due()
    assert sink.told == ["team"]
    clock.shift(minutes(1))
    raise_alarms()
    deliver_due()
    assert sink.told == ["team", "second", "on-call"]


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_time_that_was_taken_back_alarms_nobody_when_it_passes(sink, clock, taken_back):
    clock.move_to(at("2026-11-24 2:00"), tick=False)
    put_on_duty(starts="08:00", ends="18:00")
    inquiry = make_inquiry(promised_by=timezone.now() + minutes(30))
    if taken_back:
        Inquiry.objects.filter(pk=inquiry.pk).update(promise_withdrawn_on=timezone.localdate())
    clock.shift(minutes(30))
    raise_alarms()
    deliver_due()
    assert sink.told == (["team"] if taken_back else ["team", "second", "on-call"]), "control: one that stands does"


def test_what_was_to_go_to_an_address_that_is_none_any_more_is_dropped(sink, clock, settings):
    settings.ALERT_WEBHOOK_URL = "http://127.0.0.1:1/"
    make_inquiry()
    raise_alarms()
    assert deliver_due() == Round(1, 1)
    clock.shift(minutes(11))
    raise_alarms()
    assert Alert.objects.late().get().to == To.WEBHOOK, "control: while there is an address it is a fault"
    settings.ALERT_WEBHOOK_URL = ""
    raise_alarms()
    assert Alert.objects.get().to == To.TEAM


def test_each_alarm_is_raised_once(clock):
    inquiry = make_inquiry()
    Alert.objects.create(inquiry=inquiry)
    clock.shift(minutes(60))
    raise_alarms()
    raise_alarms()
    assert sorted(Alert.objects.values_list("to", flat=True)) == ["on_call", "second", "team", "team"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(inquiry=inquiry, to=To.SECOND)


# The webhook


class Hook(http.server.BaseHTTPRequestHandler):
    answer, taken = 200, []

    def do_POST(self):
        self.taken.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answer)
        self.send_header("Location", "https://elsewhere.example/")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """For 127.0.0.1, and trusted by nobody who is not told to."""
    folder = tmp_path_factory.mktemp("certificate")
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", folder / "key", "-out", folder / "certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def hook(certificate, monkeypatch, settings):
    monkeypatch.setattr(Hook, "taken", [])
    monkeypatch.setattr(Hook, "answer", 200)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate", certificate / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.ALERT_WEBHOOK_URL = f"https://127.0.0.1:{server.server_port}/hooks/a?b=c"
    yield Hook
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_hears_the_same_and_no_more(sink, hook, settings):
    inquiry = make_inquiry()
    raise_alarms()
    assert deliver_due() == Round(2, 0)
    [(path, headers, body)] = hook.taken
    assert path == "/hooks/a?b=c" and headers["Content-Type"] == "application/json"
    assert body.decode() == StaffAlert(uuid.uuid4(), To.WEBHOOK).as_json()
    assert str(inquiry.pk) not in str(headers) + body.decode()
    assert sink.told == ["team"]


@pytest.mark.parametrize(("answer", "refusals"), [(302, 1), (404, 1), (500, 0), (429, 0)])
def test_a_webhook_that_does_not_take_it_holds_up_no_mail_and_is_tried_again(sink, hook, clock, answer, refusals):
    hook.answer = answer
    make_inquiry()
    raise_alarms()
    assert deliver_due() == Round(1, 1)
    alert = Alert.objects.undelivered().get()
    assert (alert.to, alert.last_error, alert.refusals) == (To.WEBHOOK, f"HTTP {answer}", refusals)
    hook.answer = 204
    clock.shift(minutes(1))
    assert deliver_due() == Round(1, 0)
    assert len(hook.taken) == 2, "a redirect is not followed"


def test_a_webhook_with_a_certificate_that_nobody_vouches_for_hears_nothing(sink, hook, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    make_inquiry()
    raise_alarms()
    assert deliver_due() == Round(1, 1)
    assert Alert.objects.undelivered().get().last_error == "SSLCertVerificationError"
    assert hook.taken == []


def test_mail_that_is_away_does_not_keep_the_webhook_waiting(use_smtp, hook):
    make_inquiry()
    raise_alarms()
    assert deliver_due() == Round(1, 1)
    assert len(hook.taken) == 1


@pytest.mark.parametrize("url", ["https://", "https://[", "https://127.0.0.1:99999999/"])
def test_an_address_that_is_none_is_an_error_by_name(sink, settings, url):
    settings.ALERT_WEBHOOK_URL = url
    make_inquiry()
    raise_alarms()
    deliver_due()
    assert Alert.objects.undelivered().get().last_error


# A server that never ends


@contextlib.contextmanager
def dripping(said, *, times):
    """A server that says this and then one byte after another. Yields its port, and how it ended."""
    ended = []

    def drip():
        conversation, _ = server.accept()
        with conversation, contextlib.suppress(OSError):
            ended.append("cut off")
            conversation.sendall(said)
            for _ in range(times):
                conversation.sendall(b"x")
                time.sleep(0.1)
            ended[:] = ["by itself"]

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield server.getsockname()[1], ended
        finally:
            thread.join()


@pytest.mark.parametrize("limit", [0.5, 60])
@pytest.mark.parametrize(
    ("said", "talk"),
    [
        (b"220 ", lambda url: transports.send_mail(mail.EmailMessage("x", "x", "a@example.com", ["b@example.com"]))),
        (b"HTTP/1.1 200 OK\r\nX: ", lambda url: transports.post(url, "x", "text/plain")),
        (b"HTTP/1.1 ", lambda url: transports.post(url, "{}", "application/json")),
        (b"HTTP/1.1 200 OK\r\n\r\n", lambda url: Browser(url).open("GET", "/", 200)),
    ],
)
def test_a_server_that_answers_byte_by_byte_does_not_hold_the_worker(use_smtp, monkeypatch, limit, said, talk):
    monkeypatch.setattr(transports, "LIMIT", limit)
    former = signal.getsignal(signal.SIGALRM)
    with dripping(said, times=100 if limit < 1 else 10) as (port, ended):
        use_smtp.EMAIL_PORT = port
        with contextlib.suppress(OSError):
            talk(f"http://127.0.0.1:{port}/")
    assert ended == ["cut off" if limit < 1 else "by itself"], "control: no single step takes too long"
    assert (signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM)) == ((0, 0), former)


def test_nor_does_it_while_editors_are_told(use_smtp, monkeypatch):
    monkeypatch.setattr(transports, "LIMIT", 0.5)
    notify([make_user(email="editor@example.com")])
    with dripping(b"220 ", times=100) as (port, ended):
        use_smtp.EMAIL_PORT = port
        Worker().tell_editors()
    assert ended == ["cut off"]
    assert StaffMail.objects.get().next_try > timezone.now(), "it is tried again"


def test_every_mail_waits_for_a_silent_server_as_long_as_the_settings_say(use_smtp, monkeypatch):
    use_smtp.EMAIL_TIMEOUT, waited = 7, []
    monkeypatch.setattr(EmailBackend, "open", lambda self: waited.append(self.timeout))
    make_inquiry()
    deliver_due()
    assert set(waited) == {7}
    waited.clear()
    notify([make_user(email="editor@example.com")])
    Worker().tell_editors()
    assert set(waited) == {7}


def test_a_lease_is_longer_than_any_mail_can_take():
    assert max(settings.EMAIL_TIMEOUT, transports.TIMEOUT) < transports.LIMIT < LEASE.total_seconds()


# Crashes and other workers


class Killed(BaseException):
    """What `kill -9` looks like to the code: nothing after it runs."""


def test_a_crash_after_the_servers_yes_sends_once_more_with_the_same_message_id(sink, clock, monkeypatch):
    make_inquiry()

    def die(self):
        raise Killed

    monkeypatch.setattr(type(Alert.objects.all()), "delivered", die)
    with pytest.raises(Killed):
        deliver_due()
    monkeypatch.undo()
    clock.shift(minutes(1))
    make_inquiry()
    assert deliver_due() == Round(0, 0)  # still leased by the dead worker
    clock.shift(LEASE)
    assert deliver_due() == Round(1, 0)
    assert len(sink.taken) == 2
    assert len({message_id(envelope) for envelope in sink.taken}) == 1
    assert not Alert.objects.undelivered().exists()


def test_a_crash_before_the_servers_yes_loses_nothing(sink, clock, monkeypatch):
    make_inquiry()

    def die(self):
        raise Killed

    monkeypatch.setattr(StaffAlert, "as_email", die)
    with pytest.raises(Killed):
        deliver_due()
    monkeypatch.undo()
    clock.shift(LEASE)
    assert deliver_due() == Round(1, 0)
    assert len(sink.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_the_team_once(sink):
    rounds = []
    for _ in range(times(short=10, full=200)):
        make_inquiry()
    start = threading.Barrier(2)

    def work():
        start.wait()
        rounds.append(deliver_due())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(rounds) == [Round(0, 0), Round(1, 0)]
    assert len(sink.taken) == 1


def test_without_a_lease_an_alert_would_be_sent_twice(sink, monkeypatch):
    """The control of the test above."""
    make_inquiry()
    alert = Alert.objects.get()
    monkeypatch.setattr(type(Alert.objects.all()), "take", lambda self, to: alert if to == To.TEAM else None)
    deliver_due()
    deliver_due()
    assert len(sink.taken) == 2


def test_asked_to_stop_the_round_ends_between_two_mails(sink, clock):
    make_inquiry()
    clock.shift(minutes(60))
    raise_alarms()
    assert deliver_due(stop=lambda: len(sink.taken) >= 1) == Round(1, 0)
    assert Alert.objects.undelivered().count() == 2


def test_nothing_is_mailed_while_a_message_is_received():
    make_inquiry()
    assert mail.outbox == []
    assert Alert.objects.count() == Inquiry.objects.count() == 1


def test_the_log_names_the_error_and_nobody(sink, caplog):
    make_inquiry()
    sink.answer = "550 no such person robin@example.com"
    deliver_due()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("admissions")]
    assert ours == ["alert to team postponed: SMTPRecipientsRefused 550, try 1"]


def test_web_servers_are_asked_in_one_place_so_that_no_request_has_other_limits():
    app = Path(transports.__file__).parents[1]
    asking = [path.name for path in app.rglob("*.py") if "client.HTTPConnection" in path.read_text()]
    assert asking == ["transports.py"]
