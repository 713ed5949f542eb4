import copy
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admissions.crypto.envelope import BUCKETS, Opened, pad, unpad
from admissions.errors import CannotOpen, CannotSeal, TooLong

pytestmark = pytest.mark.once

SECRET = "my name is Robin"


def as_long_as(size):
    """Content whose JSON takes `size` bytes."""
    return {"a": "x" * (size - len('{"a":""}'))}


@pytest.mark.parametrize("size", BUCKETS)
def test_a_text_takes_the_smallest_envelope_it_fits(size):
    assert len(pad(as_long_as(size - 4))) == size


@pytest.mark.parametrize("size", BUCKETS[:-1])
def test_one_byte_more_takes_the_next_envelope(size):
    assert len(pad(as_long_as(size - 3))) == BUCKETS[BUCKETS.index(size) + 1]


def test_a_text_longer_than_the_largest_envelope_is_refused():
    with pytest.raises(TooLong):
        pad(as_long_as(16381))


def test_half_a_character_is_refused_without_quoting_the_text():
    with pytest.raises(CannotSeal) as caught:
        pad({"message": f"{SECRET} \ud800"})
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=10))
def test_every_text_comes_back_as_it_was(content):
    assert unpad(pad(content)).reveal() == content


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0" * 511,
        pad({"a": "b"})[:-1],
        pad({"a": "b"}) + b"\0",
        pad({"a": "b"})[:-1] + b"x",
        (600).to_bytes(4, "big") + b"\0" * 508,
        (2).to_bytes(4, "big") + b"[]" + b"\0" * 506,
        (2).to_bytes(4, "big") + b"{x" + b"\0" * 506,
    ],
    ids=["nothing", "cut", "one less", "one more", "text in the padding", "too long a length", "a list", "no JSON"],
)
def test_padding_that_we_would_not_have_made_is_refused(padded):
    with pytest.raises(CannotOpen):
        unpad(padded)


@pytest.mark.parametrize(
    "show",
    [repr, str, format, "{}".format, "{!r}".format, lambda it: f"{it:>10}", lambda it: "%s" % it, lambda it: f"{[it]}"],  # noqa: UP031 reason=one of the ways to print it
)
def test_opened_text_prints_as_sealed(show):
    assert SECRET not in show(Opened({"name": SECRET}))
    assert "[sealed]" in show(Opened({"name": SECRET}))


def test_opened_text_is_not_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("admissions").error("opened %s %r", Opened({"name": SECRET}), Opened({"name": SECRET}))
    assert caplog.messages == ["opened [sealed] [sealed]"]


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_opened_text_is_neither_pickled_nor_copied_nor_turned_to_json(leak):
    with pytest.raises(TypeError):
        leak(Opened({"name": SECRET}))


def test_only_reveal_hands_the_text_out():
    assert Opened({"name": SECRET}).reveal() == {"name": SECRET}
    assert not hasattr(Opened({"name": SECRET}), "__dict__")
