"""The website's test of itself, against a real server and a real alarm that listens."""

import datetime
import http.server
import re
import threading
from http.cookies import CookieError
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from admissions.alerts import outbox, synthetic_check, transports
from admissions.alerts.synthetic_check import CheckFailed, SyntheticCheck, destroy_leftovers
from admissions.crypto import keys
from admissions.crypto.form_token import FormToken
from admissions.models import Alert, Disclosure, Inquiry, Message, MessageKey
from admissions.services import audit_log, threads
from tests.admissions.factories import make_inquiry, make_staff, write_disclosures
from tests.content.factories import make_centre, make_help_line, make_notice

pytestmark = pytest.mark.django_db(transaction=True)


class Alarm(http.server.BaseHTTPRequestHandler):
    calls, said = [], []

    def do_POST(self):
        self.calls.append(self.path)
        self.said.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def alarm(settings, monkeypatch):
    monkeypatch.setattr(Alarm, "calls", [])
    monkeypatch.setattr(Alarm, "said", [])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Alarm)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.ALARM_PING_URL = f"http://127.0.0.1:{server.server_port}/alarm"
    yield Alarm.calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(live_server, settings, alarm):
    settings.PUBLIC_URL = live_server.url
    settings.PROBE_EMAIL = "probe@example.com"
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")


@pytest.fixture
def clock(time_machine):
    time_machine.move_to("2026-03-01T09:00:00Z", tick=False)
    return time_machine


def minutes(number):
    return datetime.timedelta(minutes=number)


def rounds(robot, clock, number):
    """That many, a minute between two."""
    for _ in range(number):
        outbox.raise_alarms()
        outbox.deliver_due()
        robot.step()
        clock.shift(minutes(1))


def test_the_alarm_outside_is_called_when_page_form_database_and_mail_all_worked(site, clock, alarm):
    rounds(SyntheticCheck(), clock, 47)
    assert alarm == ["/alarm"] * 4
    assert [message.to for message in mail.outbox] == [["probe@example.com"]] * 4
    assert {message.subject for message in mail.outbox} == {"The website tests its alerts: nothing to do"}
    assert not any(model.objects.exists() for model in (Inquiry, Message, MessageKey, Alert, Disclosure))


def test_each_call_brings_the_head_of_the_log_out_of_the_house(site, clock, alarm, capsys):
    """What the alarm was told is enough to notice later that the log was cut (P31)."""
    write_disclosures(3)
    rounds(SyntheticCheck(), clock, 2)
    told = re.fullmatch(r"Newest look: (\d+:[0-9a-f]{64})\n", Alarm.said[-1])[1]
    write_disclosures(2)
    call_command("verify_disclosures", kept=told)
    assert "5 entries, unbroken" in capsys.readouterr().out
    with connection.cursor() as cursor:  # as the owner of the table, who alone can
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE admissions_disclosure DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM admissions_disclosure WHERE number > 2")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE admissions_disclosure ENABLE TRIGGER USER")
    call_command("verify_disclosures")  # control: by itself the rest is whole
    with pytest.raises(CommandError, match="broken"):
        call_command("verify_disclosures", kept=told)


def test_the_head_of_an_empty_log_verifies_too(db, capsys):
    call_command("verify_disclosures", kept=str(audit_log.newest()))
    assert "0 entries, unbroken" in capsys.readouterr().out


def test_it_is_sealed_like_any_message_and_says_who_wrote_it(site, clock):
    SyntheticCheck().step()
    inquiry = Inquiry.objects.get()
    assert (inquiry.kind, inquiry.status) == ("probe", "new")
    [message] = threads.open_as_team(inquiry, keys.team_private()).messages
    assert message.body["message"] == "The website tests itself. Nobody wrote this."


def test_it_is_in_no_list_no_figure_and_no_search_and_calls_nobody(site, clock, client):
    SyntheticCheck().step()
    real = make_inquiry()
    assert Inquiry.objects.count() == 2, "control"
    assert list(Inquiry.objects.queue()) == list(Inquiry.objects.from_people()) == [real]
    client.force_login(make_staff(is_staff=True))
    for status in ("", "?status=unread", "?status=new"):
        page = client.get(reverse("admin:admissions_inquiry_changelist") + status).content.decode()
        assert real.public_id in page and page.count('<li class="line') == 1
    found = client.post(reverse("admin:admissions_inquiry_search"), {"needle": "tests itself"}, follow=True)
    assert Inquiry.objects.get(kind="probe").public_id not in found.content.decode()
    outbox.raise_alarms()
    assert set(Alert.objects.filter(inquiry__kind="probe").values_list("to", flat=True)) == {"probe"}


def test_without_an_alarm_outside_the_website_does_not_test_itself(site, clock, settings):
    settings.ALARM_PING_URL = ""
    rounds(SyntheticCheck(), clock, 3)
    assert not Inquiry.objects.exists() and mail.outbox == []


def test_a_mark_that_is_forged_makes_an_inquiry_like_any_other(site, clock, monkeypatch, caplog):
    monkeypatch.setattr(FormToken, "synthetic_check_mark", "0" * 64)
    monkeypatch.setattr(
        synthetic_check,
        "form_data",
        lambda page, token, really=synthetic_check.form_data: really(page, token) | {"probe": "1"},
    )
    SyntheticCheck().step()
    assert "not stored as what it is" in caplog.text
    assert not Inquiry.objects.exists(), "the robot takes its own away all the same"


# Whatever part breaks, the calls cease


def broken_page(monkeypatch, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:1"


def broken_form(monkeypatch, settings):
    settings.ADMISSIONS_PUBLIC_KEY_FILE = None


def broken_database(monkeypatch, settings):
    monkeypatch.setattr("admissions.services.team.receive", lambda **words: None)


def broken_text(monkeypatch, settings):
    monkeypatch.setattr(MessageKey, "save", lambda self, **words: None)


def broken_code(monkeypatch, settings):
    monkeypatch.setattr(synthetic_check, "return_code", SimpleNamespace(for_form=lambda secret: "another code"))


def broken_outbox(monkeypatch, settings):
    monkeypatch.setattr(Alert, "save", lambda self, **words: None)


def broken_mail(monkeypatch, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def broken_worker(monkeypatch, settings):
    monkeypatch.setattr(SyntheticCheck, "step", lambda self: None)


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (broken_page, "did not answer: ConnectionRefusedError"),
        (broken_form, "GET /contact/ was answered with 503"),
        (broken_database, "not stored"),
        (broken_text, "without its text or its key"),
        (broken_code, "the code was not shown"),
        (broken_outbox, "its mail did not leave"),
        (broken_mail, "its mail did not leave"),
        (broken_worker, ""),
    ],
)
def test_one_broken_part_is_enough_to_silence_it(site, clock, alarm, monkeypatch, settings, caplog, break_it, says):
    robot = SyntheticCheck()
    rounds(robot, clock, 2)
    assert len(alarm) == 1, "control: until then it speaks"
    with monkeypatch.context() as patch:
        break_it(patch, settings)
        rounds(robot, clock, 30)
        assert len(alarm) == 1
    assert says in caplog.text
    for record in caplog.records:
        assert "Traceback" not in record.getMessage()


def test_it_speaks_again_a_minute_after_the_part_is_mended(site, clock, alarm, monkeypatch, settings):
    robot, address = SyntheticCheck(), settings.PUBLIC_URL
    settings.PUBLIC_URL = "http://127.0.0.1:1"
    rounds(robot, clock, 20)
    assert alarm == []
    settings.PUBLIC_URL = address
    rounds(robot, clock, 3)
    assert len(alarm) == 1


def test_an_alarm_that_does_not_answer_breaks_nothing(site, clock, alarm, settings, caplog):
    settings.ALARM_PING_URL = "http://127.0.0.1:1/"
    rounds(SyntheticCheck(), clock, 2)
    assert "the alarm outside was not reached: ConnectionRefusedError" in caplog.text
    assert not Inquiry.objects.exists()


def test_one_lost_call_of_the_alarm_is_made_up_for_within_minutes(site, clock, alarm, monkeypatch):
    robot = SyntheticCheck()
    rounds(robot, clock, 2)
    with monkeypatch.context() as patch:
        patch.setattr(transports, "post", lambda url, body, kind: transports.Outcome("TimeoutError", server_away=True))
        rounds(robot, clock, 15)
    assert len(alarm) == 1, "control: the second one was lost"
    rounds(robot, clock, 2)
    assert len(alarm) == 2
    rounds(robot, clock, 14)
    assert len(alarm) == 2, "control: from then on it waits a quarter of an hour again"
    rounds(robot, clock, 1)
    assert len(alarm) == 3


def test_a_clock_that_is_set_back_does_not_silence_it(site, clock, alarm):
    robot = SyntheticCheck()
    rounds(robot, clock, 5)
    assert len(alarm) == 1, "control: a quarter of an hour is not over yet"
    clock.shift(minutes(-600))
    rounds(robot, clock, 2)
    assert len(alarm) == 2
    clock.shift(minutes(15))
    robot.step()
    clock.shift(minutes(-600))
    robot.step()
    assert not Inquiry.objects.exists(), "it does not wait ten hours for that mail"


def test_whatever_goes_wrong_the_website_is_asked_once_a_minute(site, clock, monkeypatch, caplog):
    robot, asked = SyntheticCheck(), []

    def fail(self, *arguments):
        asked.append(arguments)
        raise CookieError("robin@example.com")

    monkeypatch.setattr(synthetic_check.Browser, "open", fail)
    for _ in range(12):
        robot.step()
        clock.shift(datetime.timedelta(seconds=5))
    assert len(asked) == 1
    robot.step()
    assert len(asked) == 2, "control"
    assert "test of itself failed" in caplog.text and "CookieError" in caplog.text and "robin" not in caplog.text


def test_what_a_killed_worker_left_behind_is_destroyed_by_the_next(site, clock):
    SyntheticCheck().step()
    destroy_leftovers()
    assert Inquiry.objects.count() == 1, "control: it may still be another worker's"
    clock.shift(datetime.timedelta(hours=3))
    make_inquiry()
    destroy_leftovers()
    assert [inquiry.kind for inquiry in Inquiry.objects.all()] == ["contact"]


@pytest.mark.parametrize("page", ["", '<input name="form_token" value="forged">'])
def test_a_page_that_is_not_the_form_is_no_good(site, clock, monkeypatch, page):
    monkeypatch.setattr(synthetic_check.Browser, "open", lambda self, *arguments: page)
    with pytest.raises(CheckFailed):
        SyntheticCheck().send()
