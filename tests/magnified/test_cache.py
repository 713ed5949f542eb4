"""The stores of counts and visits: whoever writes into one makes nobody run anything, and pushes nobody out."""

import contextlib
import pickle
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache as PicklingRedisCache
from django.test import RequestFactory

from admissions import rate_limits, visitor_session
from magnified.cache import CacheFull, JSONSerializer, RedisCache, SharedMemoryCache, Unreadable
from tests.redis import served

pytestmark = pytest.mark.once

VALUES = [0, -7, 2**40, True, None, "", "Grüße 🙂", [1, "a", None], {"a": [1, 2]}, b"", bytes(range(256)), {"a": b"\0"}]
FOREIGN = [
    b"",
    b"\0",
    b"{",
    b"[" * 100_000,
    b"1" * 5000,
    b'{"base64": 1}',
    b'{"base64": "?"}',
    b"\xff\xfe",
    b"[1]",
    b'["x", 1]',
    b'[null, {"base64": "not it"}]',
]
RUN: list[str] = []


def explode():
    RUN.append("it ran")


class Bomb:
    """What runs when a pickle of it is read."""

    def __reduce__(self):
        return explode, ()


@pytest.fixture(scope="module")
def redis_url():
    with served() as url:
        yield url


@pytest.fixture(params=["redis", "files"])
def store(request, tmp_path):
    """An empty cache as the settings make it, and `plant(key, bytes)`, which writes past it."""
    if request.param == "files":
        cache = SharedMemoryCache(tmp_path / "store", {"TIMEOUT": 900, "OPTIONS": {"MAX_ENTRIES": 100}})
        cache.set("first", 1)
        return SimpleNamespace(
            cache=cache,
            plant=lambda key, stored: cache._file(key, None).write_bytes(stored),
            former=FileBasedCache(tmp_path / "former", {}),
        )
    url = request.getfixturevalue("redis_url")
    options = {"serializer": "magnified.cache.JSONSerializer"}
    cache = RedisCache(url, {"TIMEOUT": 900, "OPTIONS": options})
    cache.clear()
    return SimpleNamespace(
        cache=cache,
        plant=lambda key, stored: cache._cache.get_client().set(cache.make_key(key), stored),
        former=PicklingRedisCache(url, {}),
    )


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_was_kept_comes_back_as_it_was(store, value):
    store.cache.set("key", value)
    found = store.cache.get("key")
    assert found == value and type(found) is type(value)
    assert store.cache.get_many(["key", "other"]) == {"key": value}


def test_what_no_json_can_say_is_refused_and_changes_nothing(store):
    store.cache.set("key", 1)
    with pytest.raises(TypeError):
        store.cache.set("key", Bomb())
    assert store.cache.get("key") == 1


def test_a_pickle_in_the_store_runs_nothing_and_counts_as_absent(store):
    RUN.clear()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        store.plant("key", pickle.dumps(Bomb(), protocol))
        assert store.cache.get("key", "absent") == "absent"
        assert store.cache.get_many(["key"]) == {}
        assert RUN == []
    store.former.set("key", Bomb())
    assert store.cache.get("key", "absent") == "absent" and RUN == []
    store.former.get("key")
    assert RUN == ["it ran"], "control: Django's own backend runs it"


@pytest.mark.parametrize("stored", FOREIGN, ids=lambda stored: repr(stored[:12]))
def test_whatever_else_lies_there_raises_nothing(store, stored):
    store.plant("key", stored)
    store.cache.get("key")
    store.cache.get_many(["key"])
    store.cache.touch("key")
    store.cache.add("key", 1)
    store.cache.set("key", 2)
    assert store.cache.get("key") == 2
    store.cache.delete("key")
    assert store.cache.get("key") is None


def test_the_serializer_names_what_it_cannot_read():
    for stored in (pickle.dumps(Bomb()), *FOREIGN[:8]):
        with pytest.raises(Unreadable):
            JSONSerializer().loads(stored)


@pytest.mark.parametrize("planted", [pickle.dumps(Bomb()), *FOREIGN], ids=lambda stored: repr(stored[:12]))
def test_counts_and_visits_outlive_what_is_planted_in_each_of_their_entries(store, monkeypatch, planted):
    RUN.clear()
    monkeypatch.setattr(rate_limits, "caches", {"counters": store.cache})
    monkeypatch.setattr(visitor_session, "caches", {"visits": store.cache})
    keys = set()
    for name in ("get", "incr"):
        really = getattr(store.cache, name)
        monkeypatch.setattr(store.cache, name, lambda key, *rest, really=really: keys.add(key) or really(key, *rest))
    browser = RequestFactory().get("/return/")
    browser.COOKIES[visitor_session.COOKIE] = "A" * 43 + "="
    assert rate_limits.count("code", "somebody", within=timedelta(hours=1)) == 1
    assert visitor_session.current(browser) is None
    assert len(keys) == 2
    for key in keys:
        store.plant(key, planted)
    assert isinstance(rate_limits.count("code", "somebody", within=timedelta(hours=1)), int)
    assert visitor_session.current(browser) is None
    visitor_session.set_flash(browser, "something")
    assert RUN == []


def test_no_store_of_any_process_is_one_that_pickles(settings):
    ours = {"magnified.cache.RedisCache", "magnified.cache.SharedMemoryCache"}
    assert {of["BACKEND"] for of in settings.CACHES.values()} <= ours
    assert {type(caches[name]) for name in settings.CACHES} == {SharedMemoryCache}


def test_a_count_lives_no_longer_for_being_counted(store):
    store.cache.set("key", 1, 50)
    assert store.cache.incr("key") == 2
    if isinstance(store.cache, RedisCache):
        assert store.cache._cache.get_client().ttl(store.cache.make_key("key")) <= 50
    else:
        assert store.cache._read(store.cache._file("key", None)).until < time.time() + 51
    with pytest.raises(ValueError, match=r"not found|no number"):
        store.cache.incr("absent")


def test_an_entry_is_over_in_time_or_stays(store, time_machine):
    if isinstance(store.cache, RedisCache):
        pytest.skip(reason="Redis has its own clock")
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    store.cache.set("short", 1, 10)
    store.cache.set("usual", 1)
    store.cache.set("for-good", 1, None)
    time_machine.shift(10)
    assert [store.cache.get(key) for key in ("short", "usual", "for-good")] == [None, 1, 1]
    assert store.cache.add("short", 2) and not store.cache.add("usual", 2)
    time_machine.shift(1000)
    assert not store.cache.touch("usual") and store.cache.touch("for-good", 5)
    time_machine.shift(5)
    assert store.cache.get("for-good") is None


def test_no_crowd_pushes_out_a_count_or_a_visit_that_is_still_wanted(tmp_path):
    options = {"TIMEOUT": 900, "OPTIONS": {"MAX_ENTRIES": 50}}
    ours, djangos = SharedMemoryCache(tmp_path / "ours", options), FileBasedCache(tmp_path / "django", options)
    for cache in (ours, djangos):
        for number in range(20):
            cache.set(f"tries-of-{number}", number)
        for number in range(200):
            with contextlib.suppress(CacheFull):
                cache.add(f"somebody-else-{number}", 0)
    assert [ours.get(f"tries-of-{number}") for number in range(20)] == list(range(20))
    assert ours.incr("tries-of-7") == 8, "what is there can still be counted"
    assert None in [djangos.get(f"tries-of-{number}") for number in range(20)], "control: Django's drops some at random"


def test_what_is_over_makes_room(tmp_path, time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    cache = SharedMemoryCache(tmp_path / "store", {"TIMEOUT": 900, "OPTIONS": {"MAX_ENTRIES": 10}})
    for number in range(9):
        cache.set(f"short-{number}", number, 10)
    with pytest.raises(CacheFull):
        cache.set("one-more", 1)
    time_machine.shift(10)
    cache.set("one-more", 1)
    assert cache.get("one-more") == 1


def test_while_the_store_is_full_nobody_is_turned_away(tmp_path, monkeypatch):
    cache = SharedMemoryCache(tmp_path / "store", {"TIMEOUT": 900, "OPTIONS": {"MAX_ENTRIES": 1}})
    monkeypatch.setattr(rate_limits, "caches", {"counters": cache})
    assert [rate_limits.count("code", "a", within=timedelta(hours=1)) for _ in range(2)] == [0, 0]
