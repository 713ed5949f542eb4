"""A thank-you means: stored, once, with an alert. Whatever dies meanwhile, and however often somebody presses Send."""

import random
import subprocess
import sys
import threading
import time

import pytest

from tests.admissions.factories import times
from tests.faults.falls import FALLS, LATER
from tests.faults.rig import CODE, RECEIVED, Killer, Senders, at_once, figure, judge, percentile, say

pytestmark = pytest.mark.once  # each brings its own database

SEED = 7
MOMENTS = ["before_commit", "after_commit_before_response", "after_commit_before_outbox"]
CASES = [("site", moment) for moment in MOMENTS]
CASES += [("site_on_postgres", moment) for moment in times(short=MOMENTS[1:2], full=MOMENTS)]


def some_fall(total, share, *, text="This is message {}.".format):
    """What number n writes: a fixed share of the messages takes a worker down with it, once."""
    fallen = set(random.Random(SEED).sample(range(total), round(total * share)))
    return (lambda number: f"{text(number)} {FALLS if number in fallen else ''}".strip()), len(fallen)


def test_workers_killed_at_random_lose_nothing_and_store_nothing_twice(site):
    """P1."""
    site.serve()
    senders = Senders(site, range(times(short=50, full=10_000)))
    killer = Killer(site, pause=times(short=(0, 0.2), full=(0.5, 2)), every=8, seed=SEED)
    ledger = senders.run(meanwhile=killer.while_they_send)
    verdict = judge(senders)
    figure("P1", f"confirmed, with {killer.kills} kills", verdict.confirmed, "missing 0, doubled 0")
    figure("P1", "missing / doubled", f"{verdict.missing} / {verdict.doubled}", "0 / 0")
    assert ledger.wrong == []
    assert verdict.is_clean, verdict
    assert verdict.confirmed == senders.total
    assert killer.kills >= times(short=3, full=100)


@pytest.mark.parametrize(("database", "moment"), CASES)
def test_a_death_at_the_worst_moment_loses_nothing_and_stores_nothing_twice(request, moment, database):
    """P2."""
    site = request.getfixturevalue(database)
    total = times(short=24, full=3_000)
    text, falls = some_fall(total, times(short=0.125, full=0.01))
    site.serve("tests.faults.broken", FAULT_AT=moment)
    senders = Senders(site, range(total), text)
    ledger = senders.run()
    verdict = judge(senders)
    figure("P2", f"{moment}, {falls} deaths: missing / doubled", f"{verdict.missing} / {verdict.doubled}", "0 / 0")
    assert ledger.wrong == []
    assert verdict.is_clean, verdict
    assert verdict.confirmed == total
    assert len(list((site.folder / "var/graves").iterdir())) == falls, "control: every planned death happened"


def test_control_without_the_form_token_a_message_is_stored_twice(site):
    total = times(short=24, full=3_000)
    text, falls = some_fall(total, times(short=0.125, full=0.01))
    site.serve("tests.faults.broken", FAULT_AT="after_commit_before_response", FAULT_IS="no_token")
    senders = Senders(site, range(total), text)
    senders.run()
    verdict = judge(senders)
    figure("P2", "control, token disabled: doubled", verdict.doubled, "> 0")
    assert verdict.doubled >= falls > 0 and not verdict.is_clean


def test_control_a_thank_you_before_the_commit_loses_messages(site):
    total = times(short=24, full=3_000)
    text, falls = some_fall(total, times(short=0.125, full=0.01))
    site.serve("tests.faults.broken", FAULT_IS="early_answer")
    senders = Senders(site, range(total), text)
    senders.run()
    time.sleep(3 * LATER)
    verdict = judge(senders)
    figure("P2", "control, early answer: missing", verdict.missing, "> 0")
    assert verdict.missing >= falls and not verdict.is_clean


def test_a_killed_database_loses_nothing_and_the_page_says_what_happened(site_on_postgres, postgres):
    """P3."""
    site = site_on_postgres
    settings = dict(site.database.ask("SELECT name, setting FROM pg_settings"))
    assert (settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"]) == ("on", "on", "on")
    site.serve()
    senders = Senders(site, range(times(short=60, full=4_000)))
    killer, deaths = Killer(site, pause=(0.5, 2), seed=SEED), times(short=1, full=5)

    def kill_both(senders):
        rng = random.Random(SEED)
        for death in range(1, deaths + 1):
            while len(senders.ledger) < senders.total * death / (deaths + 1):
                time.sleep(0.05)
            postgres.kill()
            say(f"database killed, {death} of {deaths}")
            killer.kill_one(rng)
            time.sleep(1)
            postgres.start()
        while not senders.is_over:
            time.sleep(rng.uniform(*killer.pause))
            killer.kill_one(rng)

    ledger = senders.run(meanwhile=kill_both)
    verdict = judge(senders)
    figure(
        "P3",
        f"database killed {deaths}x, workers {killer.kills}x: confirmed, told not sent, missing, doubled",
        f"{verdict.confirmed}, {len(ledger.told_not_sent)}, {verdict.missing}, {verdict.doubled}",
        "missing 0, doubled 0, nothing untrue",
    )
    assert ledger.wrong == []
    assert verdict.is_clean, verdict
    assert ledger.answers["not sent"] + ledger.answers["cannot be sure"] + ledger.answers["form 503"], ledger.answers
    assert verdict.confirmed >= senders.total * 0.8


def test_sqlite_waits_for_the_disk_too(site):
    """P3. Of what the settings give every connection, this asks the database itself."""
    ask = (
        "import django; django.setup(); from django.db import connection; cursor = connection.cursor()\n"
        "names = ('synchronous', 'journal_mode', 'secure_delete')\n"
        "print([cursor.execute(f'PRAGMA {name}').fetchone()[0] for name in names])"
    )
    said = subprocess.run([sys.executable, "-c", ask], env=site.environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[2, 'wal', 1]"


@pytest.mark.parametrize("database", ["site", "site_on_postgres"])
def test_twenty_impatient_taps_are_one_message_and_one_code(request, database):
    """P4."""
    site = request.getfixturevalue(database)
    site.serve()
    tokens, taps, codes, pages, slow = times(short=3, full=500), 20, set(), 0, []
    for number in range(tokens):
        visitor = site.visitor()
        typed = visitor.form() | {"name": f"Visitor {number}", "phone": "714-555-0142", "consent": "on"}

        def tap(cookies=visitor.cookies, typed=typed):
            began, tab = time.monotonic(), site.visitor()
            tab.cookies = dict(cookies)
            sent = tab.post("/contact/", typed)
            slow.append(time.monotonic() - began)
            return sent.status, tab.get(RECEIVED).text if sent.status == 303 else sent.text

        answers = at_once([tap] * taps)
        assert {status for status, _ in answers} == {303}, answers
        assert len({page for _, page in answers}) == 1, "all see the same page"
        codes.add(CODE.search(answers[0][1])[0])
        pages += len(answers)
        if number % 50 == 49:
            say(f"{number + 1} of {tokens} forms")
    stored = site.stored()
    figure("P4", f"{taps} posts at once x {tokens} forms: rows, confirmations", f"{len(stored)}, {pages}", "one a form")
    figure("P4", "slowest 1 % of the posts, seconds", f"{percentile(slow, 0.99):.2f}", "no 5xx")
    assert len(stored) == len(codes) == tokens
    assert all(row.alerts == 1 for row in stored)


def test_control_twenty_taps_without_the_token_are_twenty_messages(site):
    site.serve("tests.faults.broken", FAULT_IS="no_token")
    visitor = site.visitor()
    typed = visitor.form() | {"name": "Visitor 1", "phone": "714-555-0142", "consent": "on"}

    def tap():
        tab = site.visitor()
        tab.cookies = dict(visitor.cookies)
        return tab.post("/contact/", typed).status

    assert set(at_once([tap] * 20)) == {303}
    assert len(site.stored()) == 20


def test_a_changed_text_under_the_same_token_is_told_apart_even_at_once(site):
    """P4: of two texts under one token one is stored, and the other comes back with its words and a new token."""
    site.serve()
    for number in range(times(short=5, full=200)):
        visitor = site.visitor()
        typed = visitor.form() | {"name": f"Visitor {number}", "phone": "714-555-0142", "consent": "on"}

        def send(words, cookies=visitor.cookies, typed=typed):
            tab = site.visitor()
            tab.cookies = dict(cookies)
            return words, tab.post("/contact/", typed | {"message": words})

        answers = at_once([lambda words=words: send(words) for words in ("first words", "second words")])
        assert sorted(page.status for _, page in answers) == [303, 409]
        [(lost, page)] = [answer for answer in answers if answer[1].status == 409]
        assert lost in page.text and page.hidden("form_token") != typed["form_token"]
        assert "Your first message arrived. This changed one is not sent yet." in page.text
        [row] = [row for row in site.stored() if row.body["name"] == f"Visitor {number}"]
        assert row.body["message"] != lost
    assert threading.active_count() < 50
