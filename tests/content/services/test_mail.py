"""Mails to editors, through a real mail server that dislikes some of them."""

import asyncio
import datetime
import socket

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from content.models import StaffMail
from content.services import mail
from content.services.workflow import notify
from tests.content.factories import make_user

pytestmark = pytest.mark.django_db


class Sink:
    """Takes every mail but those to `bad`, whose conversation ends in the way that is `fault`."""

    def __init__(self, fault):
        self.fault, self.bad, self.taken, self.asked = fault, set(), [], []

    def is_bad(self, address, step):
        return address in self.bad and self.fault.startswith(step)

    async def end(self, server):
        if "hangs up" in self.fault:
            server.transport.abort()
        if "is silent" in self.fault:
            await asyncio.sleep(2)
        if "says goodbye" in self.fault:
            await server.push("421 Come back later")
            server.transport.close()
        return self.fault.partition(": ")[2] or "421 gone"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked.append(address)
        if self.is_bad(address, "RCPT"):
            return await self.end(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.is_bad(envelope.rcpt_tos[0], "DATA"):
            return await self.end(server)
        self.taken.append(envelope.rcpt_tos[0])
        return "250 OK"


@pytest.fixture
def use_smtp(settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_PORT = server.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.5
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    return settings


@pytest.fixture
def sink(use_smtp, request):
    handler = Sink(getattr(request, "param", ""))
    server = Controller(handler, hostname="127.0.0.1", port=use_smtp.EMAIL_PORT)
    server.start()
    yield handler
    server.stop()


def make_waiting(*names):
    """In this order: the first one has waited longest."""
    began = timezone.now() - datetime.timedelta(hours=1)
    for at, name in enumerate(names):
        notify([make_user(username=name, email=f"{name}@example.com")])
        moment = began + datetime.timedelta(seconds=at)
        StaffMail.objects.filter(to__username=name).update(since=moment, next_try=moment)


def waiting():
    return list(StaffMail.objects.order_by("since").values_list("to__username", flat=True))


FAULTS = [
    "DATA: 452 The account is over quota",
    "DATA: 421 Come back later",
    "DATA: 451 Try again",
    "DATA: 552 Full",
    "DATA hangs up",
    "DATA is silent",
    "DATA says goodbye",
    "RCPT: 450 Busy",
    "RCPT: 452 Full",
    "RCPT: 421 Come back later",
    "RCPT: 550 Nobody here",
    "RCPT hangs up",
    "RCPT is silent",
]


@pytest.mark.parametrize("sink", FAULTS, indirect=True)
def test_a_mailbox_that_ends_its_conversation_keeps_nobody_else_from_hearing(sink):
    sink.bad = {"first@example.com"}
    make_waiting("first", "second", "third")
    assert mail.deliver() == 2
    assert sink.taken == ["second@example.com", "third@example.com"]
    assert waiting() == ["first"]
    assert mail.deliver() == 0
    assert sink.asked.count("first@example.com") == 1, "control: it is left in peace for a while"


@pytest.mark.parametrize("sink", ["", *FAULTS[:1]], indirect=True)
def test_whoever_could_not_be_told_is_told_later(sink, time_machine):
    sink.bad = {"first@example.com"}
    make_waiting("first")
    mail.deliver()
    sink.bad = set()
    time_machine.move_to(timezone.now() + mail.AGAIN)
    mail.deliver()
    assert sink.taken == ["first@example.com"]
    assert waiting() == []


@pytest.mark.parametrize("sink", FAULTS[:1] + FAULTS[4:6], indirect=True)
def test_many_such_mailboxes_end_the_round_and_come_last_in_the_next_one(sink, time_machine):
    bad = [f"bad{number}" for number in range(mail.MOST_FAILURES * 2)]
    sink.bad = {f"{name}@example.com" for name in bad}
    make_waiting(*bad, "good")
    assert mail.deliver() == 0
    assert len(sink.asked) == mail.MOST_FAILURES, "a round takes no longer than so many silences"
    time_machine.move_to(timezone.now() + mail.AGAIN)
    rounds = 0
    while "good" in waiting() and rounds < 5:
        mail.deliver()
        rounds += 1
    assert rounds <= 2
    assert waiting() == bad


def test_a_server_that_is_away_loses_nothing_and_is_left_in_peace(use_smtp, caplog):
    make_waiting("first", "second")
    assert mail.deliver() == 0
    assert mail.deliver() == 0
    assert len(caplog.messages) == 1, "two mails wait, one was tried"
    assert waiting() == ["first", "second"]


def test_an_address_that_no_mail_can_be_built_for_holds_up_no_other(sink):
    make_waiting("first", "second")
    person = StaffMail.objects.get(to__username="first").to
    type(person).objects.filter(pk=person.pk).update(email="first@exa\nmple.com")
    assert mail.deliver() == 1
    assert waiting() == ["first"]
