import datetime
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError

from admissions.alerts import outbox, transports
from admissions.alerts.synthetic_check import SyntheticCheck
from admissions.crypto import keys, sealing
from admissions.management.commands.worker import Command as Worker
from admissions.management.commands.worker import Nightly
from admissions.models import Alert, Disclosure, Inquiry, NightlyRun
from admissions.services import retention
from tests.admissions.factories import make_inquiry, write_disclosures

FILES = ("admissions-private.pem", "admissions-public.pem", "disclosure.key")


# make_keys


def make_keys(directory, capsys):
    call_command("make_keys", directory=directory)
    return capsys.readouterr().out


def contents(directory):
    return {file.name: file.read_bytes() for file in directory.iterdir()}


@pytest.fixture
def umask():
    """As open as a careless machine has it."""
    former = os.umask(0)
    yield
    os.umask(former)


@pytest.mark.once
def test_keys_are_made_once_for_their_owner_alone(tmp_path, capsys, umask):
    directory = tmp_path / "new" / "keys"
    said = make_keys(directory, capsys)
    assert said.splitlines() == [f"Made {directory / name}" for name in FILES]
    assert sorted(contents(directory)) == sorted(FILES)  # no half file is left
    modes = [stat.S_IMODE((directory / name).stat().st_mode) for name in FILES]
    assert modes == [0o400, 0o444, 0o400]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (directory, directory.parent)] == [0o700, 0o700]
    before = contents(directory)
    assert make_keys(directory, capsys).splitlines() == [f"Kept {directory / name}" for name in FILES]
    assert contents(directory) == before


@pytest.mark.once
def test_the_keys_are_usable_and_each_time_others(tmp_path, capsys):
    pairs = set()
    for name in ("one", "two"):
        make_keys(tmp_path / name, capsys)
        private, public, disclosure = (contents(tmp_path / name)[file] for file in FILES)
        assert private.startswith(b"-----BEGIN PRIVATE KEY-----")
        assert public.startswith(b"-----BEGIN PUBLIC KEY-----")
        own = sealing.key_id(sealing.load_private(private).public_key())
        assert own == sealing.key_id(sealing.load_public(public))
        pairs |= {own, keys.parse_disclosure(disclosure)}
    assert len(pairs) == 4


@pytest.mark.once
def test_a_lost_public_key_is_made_again_from_the_private_one(tmp_path, capsys):
    make_keys(tmp_path, capsys)
    before = contents(tmp_path)
    (tmp_path / "admissions-public.pem").unlink()
    make_keys(tmp_path, capsys)
    assert contents(tmp_path) == before


@pytest.mark.once
def test_a_lost_private_key_is_never_silently_replaced(tmp_path, capsys):
    make_keys(tmp_path, capsys)
    (tmp_path / "admissions-private.pem").unlink()
    with pytest.raises(CommandError, match="cannot be made again"):
        make_keys(tmp_path, capsys)
    assert not (tmp_path / "admissions-private.pem").exists()


@pytest.mark.once
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_key_is_reported_and_kept(tmp_path, capsys, name):
    make_keys(tmp_path, capsys)
    (tmp_path / name).chmod(0o600)
    (tmp_path / name).write_text("noise")
    with pytest.raises(CommandError, match="not usable"):
        make_keys(tmp_path, capsys)
    assert (tmp_path / name).read_text() == "noise"


@pytest.mark.once
def test_keys_that_do_not_belong_together_are_reported(tmp_path, capsys):
    make_keys(tmp_path / "one", capsys)
    make_keys(tmp_path / "two", capsys)
    (tmp_path / "two/admissions-public.pem").replace(tmp_path / "one/admissions-public.pem")
    with pytest.raises(CommandError, match="do not belong together"):
        make_keys(tmp_path / "one", capsys)


@pytest.mark.once
def test_without_a_place_for_the_keys_the_command_says_what_to_set(settings, capsys):
    settings.DISCLOSURE_KEY_FILE = None
    with pytest.raises(CommandError, match="DISCLOSURE_KEY_FILE"):
        make_keys(None, capsys)


@pytest.mark.once
def test_a_folder_that_cannot_be_made_is_one_plain_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="Cannot read or write"):
        make_keys(tmp_path / "file" / "keys", capsys)


@pytest.mark.once
def test_no_key_is_printed(tmp_path, capsys):
    said = make_keys(tmp_path, capsys)
    for content in contents(tmp_path).values():
        assert all(line not in said for line in content.decode().splitlines() if line)


# verify_disclosures


@pytest.mark.django_db
def test_an_unbroken_log_is_said_to_be_so_with_a_head_to_keep(capsys):
    last = write_disclosures(3)[-1]
    call_command("verify_disclosures")
    said = capsys.readouterr().out
    assert said == f"3 entries, unbroken. Newest: 3:{bytes(last.digest).hex()}\n"
    call_command("verify_disclosures", kept=said.split()[-1])


def test_a_broken_log_ends_the_command_with_an_error(rows):
    write_disclosures(3)
    kept = f"3:{bytes(Disclosure.objects.get(number=3).digest).hex()}"
    rows.filter(number=3).delete()
    call_command("verify_disclosures")
    with pytest.raises(CommandError, match="Entry 3"):
        call_command("verify_disclosures", kept=kept)
    rows.filter(number=1).update(detail="x")
    with pytest.raises(CommandError, match="Entry 1: was changed"):
        call_command("verify_disclosures")


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["x", "3", "3:xyz", ":"])
def test_a_head_that_was_copied_badly_is_explained(kept):
    with pytest.raises(CommandError, match="must look like"):
        call_command("verify_disclosures", kept=kept)


@pytest.mark.django_db
def test_without_the_key_nothing_can_be_verified(settings):
    settings.DISCLOSURE_KEY_FILE = None
    with pytest.raises(CommandError, match="DISCLOSURE_KEY_FILE"):
        call_command("verify_disclosures")


# worker


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The test's transaction lives in the connection, which the worker would take for a stale one and close."""
    monkeypatch.setattr("admissions.management.commands.worker.close_old_connections", lambda: None)


@pytest.fixture
def rounds(monkeypatch):
    """Counts the worker's rounds, and ends it after the third by a signal, as a service manager does."""
    done, work = [], Worker.work

    def count(self):
        done.append(1)
        if len(done) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        work(self)

    monkeypatch.setattr(Worker, "work", count)
    return done


@pytest.mark.django_db
def test_one_round_sends_what_is_due_and_purges(settings):
    make_inquiry()
    make_inquiry(status="handled", handled_on=datetime.date(2026, 1, 1))
    settings.ADMISSIONS_PUBLIC_KEY_FILE = settings.ADMISSIONS_PRIVATE_KEY_FILE = settings.DISCLOSURE_KEY_FILE = None
    call_command("worker", once=True)  # without any key
    assert len(mail.outbox) == 1
    assert Alert.objects.get().delivered_at
    assert Inquiry.objects.count() == 1


@pytest.mark.django_db
def test_the_team_hears_before_anything_is_purged(monkeypatch):
    done = []
    monkeypatch.setattr(outbox, "deliver_due", lambda **words: done.append("alerts"))
    monkeypatch.setattr(retention, "purge", lambda: done.append("purge"))
    call_command("worker", once=True)
    assert done == ["alerts", "purge"]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_cleanly_after_the_mail_on_its_way(monkeypatch, capsys, number):
    former = signal.getsignal(number)
    make_inquiry()
    make_inquiry()
    send = transports.send_mail

    def send_and_be_told_to_end(message):
        os.kill(os.getpid(), number)
        return send(message)

    monkeypatch.setattr(transports, "send_mail", send_and_be_told_to_end)
    call_command("worker", poll=0.01)
    assert capsys.readouterr().out == "The worker is running.\nThe worker has ended.\n"
    assert len(mail.outbox) == 1
    assert not Alert.objects.undelivered().exists()
    assert signal.getsignal(number) is former


@pytest.mark.django_db
def test_the_worker_purges_once_a_day(monkeypatch, time_machine, rounds):
    time_machine.move_to("2026-11-23T20:00:00Z")
    purged = []
    monkeypatch.setattr(retention, "purge", lambda: purged.append(1))
    call_command("worker", poll=0.01)
    assert len(rounds) == 3
    assert len(purged) == 1
    worker = Worker()  # another one, or the same started again
    worker.stopping = threading.Event()
    worker.work()
    assert len(purged) == 1
    time_machine.shift(datetime.timedelta(days=1))
    worker.work()
    assert len(purged) == 2


@pytest.mark.once
@pytest.mark.django_db
def test_the_nightly_checks_start_once_a_day_beside_the_alerts(settings, monkeypatch, time_machine):
    started = []

    class Child:
        def __init__(self, command):
            started.append(command[2:])

        def poll(self):
            return 0

    monkeypatch.setattr("admissions.management.commands.worker.subprocess.Popen", Child)
    settings.NIGHTLY_COMMANDS = ["check_content"]
    nightly = Nightly()
    for moment in ("2026-11-24T10:00:00Z", "2026-11-24T20:00:00Z", "2026-11-25T10:00:00Z"):
        time_machine.move_to(moment)
        nightly.step()
    assert started == [["check_content"]] * 2


@pytest.mark.once
@pytest.mark.django_db
def test_a_nightly_check_that_still_runs_ends_with_the_worker(settings, tmp_path):
    (tmp_path / "manage.py").write_text("import time; time.sleep(600)")
    settings.BASE_DIR, settings.NIGHTLY_COMMANDS = tmp_path, ["check_content"]
    nightly = Nightly()
    nightly.step()
    (child,) = nightly.running.values()
    assert child.poll() is None
    nightly.stop()
    assert child.poll() is not None
    assert NightlyRun.objects.begin("check_content"), "whoever starts next begins it again"


@pytest.mark.django_db
def test_of_two_workers_one_does_the_nights_work(monkeypatch):
    done, workers = [], [Worker(), Worker()]

    def purge():
        done.append(1)
        for worker in workers:
            worker.purge()  # while the first is at it

    monkeypatch.setattr(retention, "purge", purge)
    for worker in workers:
        worker.purge()
    assert len(done) == 1


@pytest.mark.django_db
def test_a_job_that_failed_or_whose_worker_died_is_begun_again(monkeypatch, time_machine):
    time_machine.move_to("2026-11-24T10:00:00Z", tick=False)
    outcomes = [RuntimeError(), SystemExit(), None]
    done = []

    def purge():
        done.append(1)
        if outcome := outcomes.pop(0):
            raise outcome

    monkeypatch.setattr(retention, "purge", purge)
    for fault in (RuntimeError, SystemExit):
        with pytest.raises(fault):
            Worker().purge()
    Worker().purge()
    assert len(done) == 2, "control: the one that died may still be at it"
    time_machine.shift(datetime.timedelta(hours=4))
    Worker().purge()
    Worker().purge()
    assert len(done) == 3
    time_machine.shift(datetime.timedelta(days=8))
    outcomes.append(None)
    Worker().purge()
    assert NightlyRun.objects.count() == 1, "what is a week old is forgotten"


@pytest.mark.once
@pytest.mark.django_db
def test_a_worker_that_hangs_is_unhealthy(tmp_path, rounds):
    heartbeat, script = tmp_path / "heartbeat", Path(__file__).parents[3] / "deploy/healthcheck.py"

    def is_healthy():
        command = [sys.executable, str(script), f"--heartbeat={heartbeat}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert not is_healthy()
    call_command("worker", poll=0.01, heartbeat=heartbeat)
    assert is_healthy()
    os.utime(heartbeat, (0, time.time() - 601))
    assert not is_healthy()


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("gone"), RuntimeError("robin@example.com")])
def test_the_worker_outlives_a_database_that_is_away_and_any_other_fault(monkeypatch, caplog, rounds, error):
    make_inquiry()
    really, faults = outbox.deliver_due, [error, error]

    def fail_twice(**words):
        if faults:
            raise faults.pop()
        return really(stop=lambda: False)

    monkeypatch.setattr(outbox, "deliver_due", fail_twice)
    call_command("worker", poll=0.01)
    assert len(rounds) == 3
    assert len(mail.outbox) == 1
    assert type(error).__name__ in caplog.text
    assert "robin" not in caplog.text


STEPS = (
    "admissions.alerts.outbox.raise_alarms",
    "admissions.alerts.outbox.deliver_due",
    "admissions.scheduling.booking.update_promises",
    "content.services.mail.deliver",
    "admissions.alerts.synthetic_check.SyntheticCheck.step",
    "admissions.services.retention.purge",
    "content.services.publishing.empty_trash",
    "admissions.management.commands.worker.Nightly.step",
)


@pytest.mark.django_db
@pytest.mark.parametrize("broken", STEPS)
def test_a_step_that_fails_keeps_no_other_from_being_done(monkeypatch, caplog, broken):
    done, fault = [], RuntimeError("robin@example.com")

    def put(name):
        def step(*arguments, **words):
            done.append(name)
            if name == broken:
                raise fault
            return 0, 0

        step.__name__ = name.rpartition(".")[2]
        monkeypatch.setattr(name, step)

    for name in STEPS:
        put(name)
    worker = Worker()
    worker.stopping, worker.synthetic_check, worker.nightly = threading.Event(), SyntheticCheck(), Nightly()
    assert worker.work() == [fault]
    assert done == list(STEPS)
    assert "failed" in caplog.text and "RuntimeError" in caplog.text and "robin" not in caplog.text
    fault = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        worker.work()
    assert done[-1] == broken, "control: what is to end the worker does"


@pytest.mark.django_db
def test_a_trash_that_cannot_be_emptied_makes_no_round_purge_again(monkeypatch):
    purged, tried = [], []

    def fail():
        tried.append(1)
        raise RuntimeError

    monkeypatch.setattr(retention, "purge", lambda: purged.append(1))
    monkeypatch.setattr("content.services.publishing.empty_trash", fail)
    worker = Worker()
    worker.stopping = threading.Event()
    for _ in range(3):
        worker.work()
    assert (len(purged), len(tried)) == (1, 3)


@pytest.mark.django_db
def test_one_round_by_hand_shows_its_fault(monkeypatch):
    def fail(**words):
        raise OperationalError("gone")

    monkeypatch.setattr(outbox, "deliver_due", fail)
    with pytest.raises(OperationalError):
        call_command("worker", once=True)
