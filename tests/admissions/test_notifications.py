import dataclasses
import datetime
import re
import socket
import threading
import uuid

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection
from django.utils import timezone

from admissions import notifications
from admissions.models import Alert, Inquiry
from admissions.models.alert import LEASE, LONGEST_WAIT, MOST_REFUSALS
from admissions.notifications import Round, StaffAlert, deliver_due
from tests.admissions.factories import BODY, make_inquiry, times

pytestmark = pytest.mark.django_db


class Sink:
    """A real mail server that keeps what it takes. `answer` is said after RCPT, `answer_to_data` after the text."""

    def __init__(self):
        self.taken, self.answer, self.answer_to_data = [], "250 OK", "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):
        if self.answer_to_data == "hang up":
            session.transport = server.transport
            server.transport.abort()
            return "421 gone"
        if self.answer_to_data.startswith("250"):
            self.taken.append(envelope)
        return self.answer_to_data


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def use_smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
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


def message_id(envelope):
    return re.search(rb"^Message-ID: (.+?)\r?$", envelope.content, re.MULTILINE)[1]


# What is said


def test_an_alert_has_no_field_for_a_persons_data():
    assert {field.name: field.type for field in dataclasses.fields(StaffAlert)} == {"alert_id": uuid.UUID}
    with pytest.raises(AttributeError):
        StaffAlert(uuid.uuid4()).name = "Robin"


def test_every_alert_is_the_same_text_to_one_address(sink, settings):
    make_inquiry()
    make_inquiry(kind="call", body={"name": "Zaphira Quill", "message": "canary of the night", "language": "es"})
    assert deliver_due() == Round(sent=2, postponed=0)
    one, two = sink.taken
    assert one.rcpt_tos == two.rcpt_tos == [settings.STAFF_ALERT_EMAIL]
    assert one.mail_from == two.mail_from == settings.DEFAULT_FROM_EMAIL
    texts = [envelope.content.split(b"\r\n\r\n", 1) for envelope in (one, two)]
    assert texts[0][1] == texts[1][1]
    differing = [
        first.split(b":")[0]
        for first, second in zip(*(headers.split(b"\r\n") for headers, _ in texts), strict=True)
        if first != second
    ]
    assert set(differing) <= {b"Message-ID", b"Date"}
    assert b"canary" not in one.content + two.content
    assert b"Zaphira" not in one.content + two.content


def test_an_alert_says_where_to_sign_in_and_nothing_of_who_wrote(settings):
    inquiry = make_inquiry()
    email = StaffAlert(inquiry.alerts.get().id).as_email()
    sent = email.message().as_string()
    assert f"{settings.STAFF_URL}/admin/" in email.body
    for word in (*BODY.values(), str(inquiry.pk), inquiry.public_id):
        assert word not in sent or word in {"no", "phone"}
    assert (len(email.to), email.cc, email.bcc, email.attachments, email.reply_to) == (1, [], [], [], [])


@pytest.mark.parametrize(
    ("sender", "domain"), [("a@example.com", "example.com"), ("Us <a@example.com>", "example.com"), ("a", "a")]
)
def test_the_message_id_is_made_of_the_alerts_own_id(settings, sender, domain):
    settings.DEFAULT_FROM_EMAIL, alert = sender, uuid.uuid4()
    assert StaffAlert(alert).as_email().extra_headers["Message-ID"] == f"<{alert}@{domain}>"


# Sending


def test_a_delivered_alert_leaves_no_row(sink):
    make_inquiry()
    assert deliver_due() == Round(1, 0)
    assert not Alert.objects.exists()
    assert deliver_due() == Round(0, 0)
    assert len(sink.taken) == 1


def test_a_server_that_is_away_ends_the_round_and_nothing_is_lost(use_smtp, clock):
    for _ in range(5):
        make_inquiry()
    assert deliver_due() == Round(0, 1)
    assert Alert.objects.count() == 5
    postponed = Alert.objects.exclude(last_error="").get()
    assert postponed.last_error.startswith("ConnectionRefusedError")
    assert (postponed.tries, postponed.refusals, postponed.leased_until) == (1, 0, None)


def test_when_the_server_is_back_everything_is_sent(use_smtp, clock):
    amount = times(short=10, full=1000)
    for _ in range(amount):
        make_inquiry()
    for _ in range(60):
        deliver_due()
        clock.shift(datetime.timedelta(minutes=1))
    assert not Alert.objects.dead().exists()
    assert Alert.objects.count() == amount
    handler = Sink()
    server = Controller(handler, hostname="127.0.0.1", port=use_smtp.EMAIL_PORT)
    server.start()
    try:
        clock.shift(LONGEST_WAIT)
        assert deliver_due() == Round(amount, 0)
    finally:
        server.stop()
    assert len({message_id(envelope) for envelope in handler.taken}) == amount
    assert not Alert.objects.exists()


def test_a_silent_server_costs_one_timeout(use_smtp, monkeypatch):
    monkeypatch.setattr(notifications, "TIMEOUT", 0.2)
    make_inquiry()
    make_inquiry()
    with socket.create_server(("127.0.0.1", use_smtp.EMAIL_PORT)):
        started = timezone.now()
        assert deliver_due() == Round(0, 1)
    assert (timezone.now() - started).total_seconds() < 2
    assert Alert.objects.exclude(last_error="").get().last_error in {"TimeoutError", "SMTPServerDisconnected"}


@pytest.mark.parametrize(
    ("answer", "answer_to_data", "error", "refusals", "both_tried"),
    [
        ("450 busy robin@example.com", "250 OK", "SMTPRecipientsRefused 450", 0, True),
        ("550 unknown robin@example.com", "250 OK", "SMTPRecipientsRefused 550", 1, True),
        ("250 OK", "451 later", "SMTPDataError 451", 0, True),
        ("250 OK", "554 never", "SMTPDataError 554", 1, True),
        ("250 OK", "hang up", "SMTPServerDisconnected", 0, False),
    ],
)
def test_each_refusal_is_kept_by_name_and_code_and_tried_again(
    sink, clock, answer, answer_to_data, error, refusals, both_tried
):
    make_inquiry()
    make_inquiry()
    sink.answer, sink.answer_to_data = answer, answer_to_data
    assert deliver_due() == Round(0, 2 if both_tried else 1)
    alert = Alert.objects.exclude(last_error="").first()
    assert (alert.last_error, alert.refusals) == (error, refusals)
    assert alert.due_at == timezone.now() + datetime.timedelta(seconds=5)
    sink.answer = sink.answer_to_data = "250 OK"
    clock.shift(datetime.timedelta(seconds=5))
    assert deliver_due() == Round(2, 0)
    assert not Alert.objects.exists()


def test_waits_grow_to_five_minutes(use_smtp, clock):
    make_inquiry()
    waits = []
    for _ in range(9):
        deliver_due()
        alert = Alert.objects.get()
        waits.append((alert.due_at - timezone.now()).total_seconds())
        clock.move_to(alert.due_at, tick=False)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_an_alert_refused_for_good_is_shown_as_dead_and_stops_no_other(sink, clock):
    poison = make_inquiry().alerts.get()
    sink.answer = "550 never"
    for _ in range(MOST_REFUSALS):
        deliver_due()
        clock.move_to(Alert.objects.get().due_at, tick=False)
    assert list(Alert.objects.dead()) == [poison]
    sink.answer = "250 OK"
    clock.shift(datetime.timedelta(minutes=-30))
    make_inquiry()
    assert deliver_due() == Round(1, 0)
    assert list(Alert.objects.all()) == [poison]


def test_a_dead_alert_is_still_tried_once_an_hour_and_can_be_revived_at_once(sink, clock):
    make_inquiry()
    Alert.objects.update(dead_since=timezone.now(), refusals=9, due_at=timezone.now() + datetime.timedelta(hours=1))
    assert deliver_due() == Round(0, 0)
    assert Alert.objects.revive() == 1
    assert not Alert.objects.dead().exists()
    assert deliver_due() == Round(1, 0)


def test_an_alert_that_cannot_be_built_holds_up_no_other(sink, monkeypatch):
    first, second = make_inquiry().alerts.get(), make_inquiry().alerts.get()
    really = StaffAlert.as_email

    def fail_once(self):
        if self.alert_id == first.id:
            raise KeyError("secret words")
        return really(self)

    monkeypatch.setattr(StaffAlert, "as_email", fail_once)
    assert deliver_due() == Round(1, 1)
    assert Alert.objects.get().last_error == "KeyError"
    assert message_id(sink.taken[0]).startswith(f"<{second.id}@".encode())


def test_without_an_address_nothing_counts_as_sent(sink, settings):
    settings.STAFF_ALERT_EMAIL = ""
    make_inquiry()
    assert deliver_due() == Round(0, 1)
    assert Alert.objects.get().last_error == "nobody to send to"


# Crashes and other workers


class Killed(BaseException):
    """What `kill -9` looks like to the code: nothing after it runs."""


def test_a_crash_after_the_servers_yes_sends_once_more_with_the_same_message_id(sink, clock, monkeypatch):
    make_inquiry()

    def die(self):
        raise Killed

    monkeypatch.setattr(Alert, "delete", die)
    with pytest.raises(Killed):
        deliver_due()
    monkeypatch.undo()
    assert deliver_due() == Round(0, 0)  # still leased by the dead worker
    clock.shift(LEASE)
    assert deliver_due() == Round(1, 0)
    assert len(sink.taken) == 2
    assert len({message_id(envelope) for envelope in sink.taken}) == 1
    assert not Alert.objects.exists()


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
def test_two_workers_send_each_alert_once(sink):
    amount, rounds = times(short=10, full=200), []
    for _ in range(amount):
        make_inquiry()

    def work():
        rounds.append(deliver_due())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done.sent for done in rounds) == amount
    assert len({message_id(envelope) for envelope in sink.taken}) == len(sink.taken) == amount


def test_without_a_lease_an_alert_would_be_sent_twice(sink, monkeypatch):
    """The control of the test above."""
    make_inquiry()
    monkeypatch.setattr(Alert, "lease", lambda self: True)
    monkeypatch.setattr(Alert, "delete", lambda self: None)
    deliver_due()
    deliver_due()
    assert len(sink.taken) == 2


def test_an_alert_sent_meanwhile_by_another_worker_is_left_alone(sink):
    make_inquiry()
    alert = Alert.objects.get()
    Alert.objects.all().delete()
    assert alert.lease() is False


def test_asked_to_stop_the_round_ends_between_two_mails(sink):
    for _ in range(3):
        make_inquiry()
    assert deliver_due(stop=lambda: len(sink.taken) >= 1) == Round(1, 0)
    assert Alert.objects.count() == 2


def test_nothing_is_mailed_while_a_message_is_received():
    make_inquiry()
    assert mail.outbox == []
    assert Alert.objects.count() == Inquiry.objects.count() == 1


def test_the_log_names_the_error_and_nobody(sink, caplog):
    make_inquiry()
    sink.answer = "550 no such person robin@example.com"
    deliver_due()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("admissions")]
    assert ours == ["alert postponed: SMTPRecipientsRefused 550, try 1, dead: False"]
