import json
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admissions.crypto import crockford, return_code, sealing
from tests.admissions.factories import times

pytestmark = pytest.mark.once

VECTORS = json.loads((Path(__file__).parent / "vectors" / "return_codes.json").read_text())


@pytest.mark.parametrize("known", VECTORS)
def test_our_own_vectors_never_change(known):
    assert return_code.for_form(bytes.fromhex(known["form_token"])) == known["code"]
    keys = return_code.visitor_keys(known["code"])
    assert keys.return_hash.hex() == known["return_hash"]
    assert keys.private.private_numbers().private_value == int(known["visitor_private"], 16)
    assert sealing.public_bytes(keys.private.public_key()).hex() == known["visitor_public"]
    assert sealing.key_id(keys.private.public_key()).hex() == known["vid"]


@pytest.mark.parametrize("known", VECTORS)
def test_the_vectors_follow_from_the_description_alone(known):
    """HKDF-SHA256 by RFC 5869, from the standard library only."""
    import hashlib
    import hmac

    def hkdf(secret, info, length):
        key, block, out = hmac.digest(bytes(32), secret, hashlib.sha256), b"", b""
        for number in range(1, -(-length // 32) + 1):
            block = hmac.digest(key, block + info + bytes([number]), hashlib.sha256)
            out += block
        return out[:length]

    bits = f"{int.from_bytes(hkdf(bytes.fromhex(known['form_token']), b'adm.return.code/1', 13), 'big'):0104b}"[:100]
    code = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[at : at + 5], 2)] for at in range(0, 100, 5))
    assert code == known["code"].replace("-", "")
    secret = hkdf(code.encode(), b"adm.return.secret/1", 32)
    assert hkdf(secret, b"adm.return.find/1", 32).hex() == known["return_hash"]
    order = 115792089210356248762697446949407573529996955224135760342422259061068512044369
    private = 1 + int.from_bytes(hkdf(secret, b"adm.return.key/1", 48), "big") % (order - 1)
    assert private == int(known["visitor_private"], 16)


def test_a_code_is_five_groups_of_four():
    code = return_code.for_form(secrets.token_bytes(32))
    assert [len(group) for group in code.split("-")] == [4] * 5
    assert set(code) <= set(crockford.ALPHABET + "-")


def test_the_same_form_gives_the_same_code_and_another_form_another():
    token = secrets.token_bytes(32)
    assert {return_code.for_form(token) for _ in range(20)} == {return_code.for_form(token)}
    codes = {return_code.for_form(secrets.token_bytes(32)) for _ in range(times(short=1000, full=100_000))}
    assert len(codes) == times(short=1000, full=100_000)


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", "‑"),
        lambda code: code.replace("-", " – "),
        lambda code: f"\t{code}\n",
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
        lambda code: "\u200b".join(code),
        lambda code: f"My code: {code}.",
        lambda code: f"“{code}”",
    ],
)
def test_however_it_is_written_it_is_the_same_code(write):
    for known in VECTORS:
        assert return_code.visitor_keys(write(known["code"])).return_hash.hex() == known["return_hash"]


@pytest.mark.parametrize("typed", ["", "no", "U" * 20, "0" * 19, "0" * 21, "\0" * 20, "é" * 20, "0" * 100_000])
def test_what_cannot_be_a_code_finds_nobody_and_raises_nothing(typed):
    nobody = return_code.visitor_keys("")
    assert return_code.visitor_keys(typed).return_hash == nobody.return_hash


@given(st.text(max_size=60))
def test_no_text_raises(typed):
    return_code.visitor_keys(typed)


def test_one_wrong_letter_is_another_person():
    code = VECTORS[0]["code"].replace("-", "")
    found = {return_code.visitor_keys(code).return_hash}
    for at in range(20):
        other = "A" if code[at] != "A" else "B"
        found.add(return_code.visitor_keys(code[:at] + other + code[at + 1 :]).return_hash)
    assert len(found) == 21


def test_the_keys_print_as_sealed():
    assert repr(return_code.visitor_keys(VECTORS[0]["code"])) == "[sealed]"


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M\u22129Q2D\u2212AB4C\u2212XY5Z\u22120N1P",
        "7K3M+9Q2D+AB4C+XY5Z+0N1P",
        "７Ｋ３Ｍ－９Ｑ２Ｄ－ＡＢ４Ｃ－ＸＹ５Ｚ－０Ｎ１Ｐ",
        "my code is 7K3M-9Q2D-AB4C-XY5Z-0N1P, thank you",
        "code:7k3m-9q2d-ab4c-xy5z-onip",
        "Code 7K3M–9Q2D–AB4C–XY5Z–0N1P.",
        "«7K3M 9Q2D AB4C XY5Z 0N1P»",
    ],
)
def test_other_signs_and_words_around_a_code_do_no_harm(typed):
    right = "7K3M9Q2DAB4CXY5Z0N1P"
    assert crockford.normalise(typed, 20) == right


@pytest.mark.parametrize("typed", ["7K3M-9Q2D-AB4C-XY5Z", "7K3M-9Q2D-AB4C-XY5Z-0N1P-7K3M", "a code that I do not have"])
def test_what_is_no_code_stays_none(typed):
    assert crockford.normalise(typed, 20) == ""
