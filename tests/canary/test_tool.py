"""The tool before it is believed: it finds every form, and nothing where nothing is."""

import base64
import os
import re
import zlib

import pytest

from tests.canary.corpus import people
from tests.canary.house import without_page_heads
from tests.canary.needles import Needles, digested, encoded, packed_like_a_log, packed_like_a_session

pytestmark = pytest.mark.once

PEOPLE = people(12)
FORMS = list(encoded("text"))


@pytest.fixture(scope="module")
def needles():
    return Needles(PEOPLE, codes=["7F3K-92QD-ABCD-EFGH-JKMN"])


@pytest.mark.parametrize("form", FORMS)
def test_each_text_is_found_in_each_form(needles, form):
    for index, person in enumerate(PEOPLE):
        for what, text in person.typed.items():
            for around in (b"", b"xy"):
                data = around + encoded("|" + text + "|" if form == "as typed" else text)[form] + around
                found = needles.hits(data)
                assert any(hit.startswith(f"person {index}, ") for hit in found), (what, form)


@pytest.mark.parametrize("shift", range(3))
def test_base64_is_found_wherever_the_text_began(needles, shift):
    for index, person in enumerate(PEOPLE):
        for text in person.typed.values():
            data = base64.b64encode(b"." * shift + text.encode() + b" and more")
            assert any(hit.startswith(f"person {index}, ") for hit in needles.hits(data))


@pytest.mark.parametrize("pack", [packed_like_a_session, packed_like_a_log])
def test_what_is_packed_is_unpacked(needles, pack):
    for index, person in enumerate(PEOPLE):
        data = os.urandom(50) + b" " + pack(f"before {person.message} after " * 3)
        assert f"person {index}, marker 1, as typed" in needles.hits(data)
        again = base64.b64encode(zlib.compress(b"data " * 9 + data))
        assert f"person {index}, marker 1, as typed" in needles.hits(again)
        assert f"person {index}, marker 1, as typed" in needles.hits(data.hex().encode())


@pytest.mark.parametrize("cut", [30, 200, 400])
def test_what_goes_on_over_a_page_of_the_write_ahead_log_is_found(needles, cut):
    written = packed_like_a_session("".join(person.message for person in PEOPLE[:3]))
    filler = b"." * (8192 - 40 - cut)
    segment = b"\x18\xd1" * 20 + filler + written[:cut] + b"\x18\xd1" * 12 + written[cut:] + bytes(20_000)
    assert "person 2, marker 1, as typed" in needles.hits(without_page_heads(segment))
    assert "person 2, marker 1, as typed" not in needles.hits(segment), "control: the head cuts it"


def test_digests_of_phone_and_address_are_found(needles):
    for index, person in enumerate(PEOPLE):
        digits = person.phone.replace("-", "")
        for text in (digits, f"+1{digits}", person.email):
            for digest in digested(text).values():
                assert any(hit.startswith(f"person {index}, ") for hit in needles.hits(b"," + digest + b","))


def test_numbers_are_found_alone_and_not_inside_a_digest(needles):
    digits = PEOPLE[0].phone.replace("-", "")
    assert needles.hits(f"call {digits[-7:]} now".encode())
    assert not needles.hits(f"a3{digits[-7:]}f".encode())


def test_codes_are_found_with_and_without_hyphens(needles):
    assert needles.hits(b"code=7F3K-92QD-ABCD-EFGH-JKMN")
    assert needles.hits(b"code=7f3k92qdabcdefghjkmn")


def test_nothing_is_found_where_nothing_is(needles):
    assert needles.hits(os.urandom(100_000)) == set()
    assert needles.hits(os.urandom(100_000).hex().encode()) == set()
    assert needles.hits(b"".join(person.message.encode() for person in people(20, seed=7)[12:])) == set()


def test_the_people_are_the_same_in_every_run():
    assert PEOPLE[0].phone == "202-555-0150"
    assert people(3) == PEOPLE[:3]
    everyone = people(501)  # as many as the full form sends
    everything = [text for person in everyone for text in person.typed.values()]
    assert len(set(everything)) == len(everything)
    assert all(re.fullmatch(r"\d{3}-555-01\d\d", person.phone) for person in everyone), "numbers of nobody"
