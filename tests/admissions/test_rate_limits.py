import logging
import multiprocessing
import secrets
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import RequestFactory

from admissions import rate_limits
from tests.admissions.factories import times

pytestmark = pytest.mark.once

HOUR = timedelta(hours=1)


def request_from(address="192.0.2.7", **headers):
    return RequestFactory().post("/return/", REMOTE_ADDR=address, headers=headers)


def place(address="192.0.2.7", **headers):
    return rate_limits.place_of(request_from(address, **headers))


def test_it_counts_what_was_tried_by_whom():
    assert [rate_limits.count("code", "a", within=HOUR) for _ in range(3)] == [1, 2, 3]
    assert rate_limits.count("code", "b", within=HOUR) == 1
    assert rate_limits.count("form", "a", within=HOUR) == 1


def test_a_count_begins_again_with_the_next_window_and_the_next_day(time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    assert [rate_limits.count("code", "a", within=timedelta(minutes=10)) for _ in range(2)] == [1, 2]
    time_machine.shift(599)
    assert rate_limits.count("code", "a", within=timedelta(minutes=10)) == 3
    time_machine.shift(1)
    assert rate_limits.count("code", "a", within=timedelta(minutes=10)) == 1
    before = place()
    time_machine.shift(24 * 3600)
    assert place() != before


def test_a_window_longer_than_the_stores_memory_is_refused():
    with pytest.raises(ValueError, match="hour"):
        rate_limits.count("code", "a", within=timedelta(hours=2))


def test_addresses_are_told_apart_and_a_network_of_ipv6_is_one_place():
    assert place("192.0.2.7") != place("192.0.2.8")
    assert place("2001:db8:1:2::1") == place("2001:db8:1:2:ffff::9")
    assert place("2001:db8:1:2::1") != place("2001:db8:1:3::1")
    assert place("::ffff:192.0.2.7") == place("192.0.2.7")
    assert place("") == place("no address")


def test_a_forwarded_address_counts_only_behind_our_own_proxy(settings):
    assert place(**{"X-Forwarded-For": "198.51.100.1"}) == place()
    settings.TRUSTED_PROXIES = ["192.0.2.7", "10.0.0.0/8"]
    assert place(**{"X-Forwarded-For": "198.51.100.1"}) == place("198.51.100.1")
    assert place(**{"X-Forwarded-For": "203.0.113.5, 198.51.100.1, 10.1.2.3"}) == place("198.51.100.1")
    assert place("198.51.100.9", **{"X-Forwarded-For": "203.0.113.5"}) == place("198.51.100.9")


def test_no_address_is_in_the_store_or_in_a_log(settings, caplog):
    caplog.set_level(logging.DEBUG)
    rate_limits.count("code", place("198.51.100.77"), within=HOUR)
    folder = settings.SHARED_MEMORY_DIR / "all/counters"
    written = b"".join(file.name.encode() + file.read_bytes() for file in folder.iterdir())
    assert written
    assert b"198.51.100.77" not in written
    assert "198.51.100.77" not in caplog.text
    assert "198.51.100.77" not in place("198.51.100.77")
    assert folder.stat().st_mode & 0o077 == 0


def test_without_the_memory_of_this_process_a_place_cannot_be_found_again(monkeypatch):
    before = place()
    assert place() == before
    monkeypatch.setattr(rate_limits, "_KEY", secrets.token_bytes(32))
    assert place() != before


def count_often(what, times):
    for _ in range(times):
        rate_limits.count(what, "a", within=HOUR)


def test_workers_share_the_key_and_lose_no_count():
    fork, each = multiprocessing.get_context("fork"), times(short=50, full=2000)
    queue = fork.SimpleQueue()
    workers = [fork.Process(target=count_often, args=("shared", each)) for _ in range(4)]
    workers.append(fork.Process(target=lambda: queue.put(place())))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert queue.get() == place()
    assert rate_limits.count("shared", "a", within=HOUR) == 4 * each + 1


def test_the_key_is_made_when_the_site_is_read_which_is_before_gunicorn_forks():
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup();"
        "assert 'admissions.rate_limits' in sys.modules;"
        "import runpy; assert runpy.run_path('gunicorn.conf.py')['preload_app']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_while_the_store_is_away_nobody_is_limited(settings, tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    backend = settings.CACHES["counters"]["BACKEND"]
    settings.CACHES = settings.CACHES | {"counters": {"BACKEND": backend, "LOCATION": tmp_path / "file"}}
    assert rate_limits.count("code", "a", within=HOUR) == 0
    assert all(rate_limits.may_try_code(request_from(), page="") for _ in range(100))
    assert "counters are away" in caplog.text and str(tmp_path) not in caplog.text


# Tries of a return code


def test_codes_sent_without_the_page_are_looked_at_thirty_times_in_ten_minutes(time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    looked_at = [rate_limits.may_try_code(request_from(), page="") for _ in range(100)]
    assert looked_at == [True] * 30 + [False] * 70
    assert rate_limits.may_try_code(request_from("192.0.2.8"), page=""), "another address"
    time_machine.shift(600)
    assert rate_limits.may_try_code(request_from(), page="")


def test_a_page_has_five_tries_of_its_own():
    for _ in range(31):
        rate_limits.may_try_code(request_from(), page="")
    page = rate_limits.tries_for_a_page()
    assert [rate_limits.may_try_code(request_from(), page=page) for _ in range(7)] == [True] * 5 + [False] * 2


def test_whoever_opens_the_page_gets_in_during_an_attack_from_the_same_address():
    attacker = rate_limits.tries_for_a_page()
    for _ in range(20):
        for _ in range(times(short=10, full=500)):
            rate_limits.may_try_code(request_from(), page=secrets.choice(["", attacker]))
        assert rate_limits.may_try_code(request_from(), page=rate_limits.tries_for_a_page())
    assert not rate_limits.may_try_code(request_from(), page=attacker), "control: the attack is limited"


@pytest.mark.parametrize("page", ["", "x", "a:b:c", "é", "\0"])
def test_tries_that_this_site_did_not_hand_out_count_for_nothing(page):
    caches["counters"].clear()
    looked_at = [rate_limits.may_try_code(request_from(), page=page) for _ in range(31)]
    assert not looked_at[-1]


def test_tries_of_an_old_page_count_for_nothing(time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    page = rate_limits.tries_for_a_page()
    time_machine.shift(3601)
    for _ in range(30):
        rate_limits.may_try_code(request_from(), page="")
    assert not rate_limits.may_try_code(request_from(), page=page)
