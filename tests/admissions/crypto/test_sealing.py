"""The format is fixed: these tests must never be changed to fit the code. Stored messages depend on them."""

import itertools
import json
import os
import re
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.bindings._rust import openssl as rust_openssl
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from admissions.crypto import sealing
from admissions.crypto.envelope import message_place, note_place, old_note_place
from admissions.errors import CannotOpen, CannotSeal
from tests.admissions.factories import times

pytestmark = pytest.mark.once

VECTORS = Path(__file__).parent / "vectors"
TEAM, VISITOR, STRANGER = (sealing.new_private() for _ in range(3))
OTHER_SUITE = CipherSuite.new(KEMId.DHKEM_P256_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)


def vector(name):
    return json.loads((VECTORS / name).read_text())


def place(**overrides):
    words = {"inquiry": uuid.UUID(int=1), "message": uuid.UUID(int=2), "author": "visitor", "number": 1}
    return message_place(**words | overrides)


def seal(content=None, **overrides):
    words = {"place": place(), "team": TEAM.public_key(), "visitor": VISITOR.public_key()} | overrides
    return sealing.seal({"a": "b"} if content is None else content, **words)


def opens(payload, wrapped, **overrides):
    """Opened content, or None. Any error but `CannotOpen` fails the test."""
    try:
        return sealing.open_sealed(payload, wrapped, **{"place": place(), "key": TEAM} | overrides)
    except CannotOpen:
        return None


def pyhpke_key(key):
    return KEMKey.from_pyca_cryptography_key(key)


# Vectors


def pem(der):
    """The private key of a vector, kept without the header that scanners for lost keys look for."""
    return f"-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n".encode()


def test_the_suite_agrees_with_the_test_vector_of_rfc_9180():
    """Base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, first message of the authors' list."""
    known = vector("rfc9180.json")
    assert (known["mode"], known["kem_id"], known["kdf_id"], known["aead_id"]) == (0, 16, 1, 2)
    key = ec.derive_private_key(int(known["skRm"], 16), ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    assert point.hex() == known["pkRm"]
    enc, info = bytes.fromhex(known["enc"]), bytes.fromhex(known["info"])
    ct, aad, pt = (bytes.fromhex(known["encryption"][name]) for name in ("ct", "aad", "pt"))
    # The public call has no associated data, which the vector has; the one behind it takes it.
    assert rust_openssl.hpke._decrypt_with_aad(sealing._hpke, enc + ct, key, info, aad) == pt
    recipient = OTHER_SUITE.create_recipient_context(enc, pyhpke_key(key), info)
    assert recipient.open(ct, aad) == pt


def test_our_own_vectors_still_open():
    for known in vector("envelopes.json"):
        team = sealing.load_private(pem(known["team_private_der"]))
        payload, team_wrap = bytes.fromhex(known["payload"]), bytes.fromhex(known["team_wrap"])
        if known["type"] == "old note":
            where = old_note_place(note=uuid.UUID(known["uuid"]))
        elif known["type"] == "note":
            where = note_place(
                inquiry=uuid.UUID(known["inquiry"]), note=uuid.UUID(known["uuid"]), number=known["number"]
            )
        else:
            where = message_place(
                inquiry=uuid.UUID(known["inquiry"]),
                message=uuid.UUID(known["uuid"]),
                author=known["author"],
                number=known["number"],
            )
            visitor = sealing.load_private(pem(known["visitor_private_der"]))
            opened = sealing.open_sealed(
                payload, bytes.fromhex(known["visitor_wrap"]), place=where, key=visitor, label=sealing.VISITOR
            )
            assert opened.reveal() == known["content"]
        assert sealing.open_sealed(payload, team_wrap, place=where, key=team).reveal() == known["content"]


def test_a_reader_written_from_the_description_alone_reads_our_own_vectors():
    """Neither our code nor our HPKE library: what anybody would write from the format's description."""
    for known in vector("envelopes.json"):
        team = serialization.load_pem_private_key(pem(known["team_private_der"]), None)
        wrapped, payload = bytes.fromhex(known["team_wrap"]), bytes.fromhex(known["payload"])
        assert wrapped[:1] == payload[:1] == b"\x01"
        assert len(wrapped) == 122
        info = b"adm.dek/1|" + wrapped[1:9] + b"|" + known["uuid"].encode()
        dek = OTHER_SUITE.create_recipient_context(wrapped[9:74], pyhpke_key(team), info).open(wrapped[74:])
        aad = {
            "old note": "adm.note/1|{uuid}",
            "note": "adm.note/2|{inquiry}|{uuid}|{number}",
            "message": "adm.message/1|{inquiry}|{uuid}|{author}|{number}",
        }[known["type"]].format_map(known)
        padded = AESGCM(dek).decrypt(payload[1:13], payload[13:], aad.encode())
        assert len(padded) in {512, 1024, 2048, 4096, 8192, 16384}
        assert json.loads(padded[4 : 4 + int.from_bytes(padded[:4], "big")]) == known["content"]


# A second implementation, both ways


def test_pyhpke_opens_what_we_wrap():
    for _ in range(times(short=10, full=1000)):
        dek, message = os.urandom(32), uuid.uuid4()
        wrapped = sealing.wrap(dek, TEAM.public_key(), sealing.TEAM, message)
        info = b"adm.dek/1|" + sealing.key_id(TEAM.public_key()) + b"|" + str(message).encode()
        assert OTHER_SUITE.create_recipient_context(wrapped[9:74], pyhpke_key(TEAM), info).open(wrapped[74:]) == dek


def test_we_open_what_pyhpke_wraps():
    for number in range(1, times(short=10, full=1000) + 1):
        where, dek, nonce = place(message=uuid.uuid4(), number=number), os.urandom(32), os.urandom(12)
        vid = sealing.key_id(VISITOR.public_key())
        info = b"adm.dek.v/1|" + vid + b"|" + str(where.uuid).encode()
        enc, sender = OTHER_SUITE.create_sender_context(pyhpke_key(VISITOR.public_key()), info)
        payload = b"\x01" + nonce + AESGCM(dek).encrypt(nonce, sealing.pad({"n": number}), where.aad)
        wrapped = b"\x01" + vid + enc + sender.seal(dek)
        opened = sealing.open_sealed(payload, wrapped, place=where, key=VISITOR, label=sealing.VISITOR)
        assert opened.reveal() == {"n": number}


# Round trips


@settings(max_examples=times(short=100, full=10_000), deadline=None)
@given(
    st.dictionaries(st.text(max_size=10), st.text(max_size=300), max_size=8),
    st.uuids(),
    st.sampled_from(["visitor", "team"]),
    st.integers(min_value=1, max_value=32767),
)
def test_every_text_comes_back_to_both_readers(content, message, author, number):
    where = place(message=message, author=author, number=number)
    sealed = seal(content, place=where)
    assert opens(sealed.payload, sealed.team_wrap, place=where).reveal() == content
    by_visitor = opens(sealed.payload, sealed.visitor_wrap, place=where, key=VISITOR, label=sealing.VISITOR)
    assert by_visitor.reveal() == content


@pytest.mark.parametrize("size", [0, 1, 16380 - len('{"a":""}')])
def test_the_shortest_and_the_longest_text_come_back(size):
    sealed = seal({"a": "x" * size})
    assert opens(sealed.payload, sealed.team_wrap).reveal() == {"a": "x" * size}


@pytest.mark.parametrize("text", ["\0", "O'Brien", "Nguyễn", "محمد", "李", "👩‍⚕️", "\U0010ffff", "\u2028", "a\r\nb"])
def test_names_of_the_world_come_back_byte_for_byte(text):
    sealed = seal({"name": text})
    assert opens(sealed.payload, sealed.team_wrap).reveal() == {"name": text}


def test_the_same_text_twice_shares_no_block_and_no_nonce():
    one, two = seal({"a": "x" * 4000}), seal({"a": "x" * 4000})
    blocks = [{part[at : at + 16] for at in range(len(part) - 15)} for part in (one.payload, two.payload)]
    assert not blocks[0] & blocks[1]
    nonces = {seal().payload[1:13] for _ in range(times(short=1000, full=100_000))}
    assert len(nonces) == times(short=1000, full=100_000)


def test_an_envelope_shows_only_the_size_of_its_bucket():
    sizes = {len(seal({"a": "x" * size}).payload) for size in range(0, 16000, 97)}
    assert sizes == {bucket + 1 + 12 + 16 for bucket in (512, 1024, 2048, 4096, 8192, 16384)}


# Tampering: every change is refused, and the control opens


def changed_bytes(data):
    """Every byte of `data` with one bit flipped."""
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]


def cut(data):
    yield from (data[:length] for length in range(len(data)))
    yield data + b"\0"


def test_unchanged_envelopes_open_so_the_tests_below_prove_something():
    sealed = seal()
    assert opens(sealed.payload, sealed.team_wrap)
    assert opens(sealed.payload, sealed.visitor_wrap, key=VISITOR, label=sealing.VISITOR)


@pytest.mark.parametrize("change", [changed_bytes, cut])
def test_every_changed_or_cut_byte_is_refused(change):
    sealed = seal()
    assert not [bad for bad in change(sealed.payload) if opens(bad, sealed.team_wrap)]
    assert not [bad for bad in change(sealed.team_wrap) if opens(sealed.payload, bad)]
    for bad in change(sealed.visitor_wrap):
        assert not opens(sealed.payload, bad, key=VISITOR, label=sealing.VISITOR)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"inquiry": uuid.UUID(int=9)},
        {"message": uuid.UUID(int=9)},
        {"author": "team"},
        {"number": 2},
        {"number": 11},
    ],
)
def test_an_envelope_opens_in_its_own_place_only(elsewhere):
    sealed = seal()
    assert opens(sealed.payload, sealed.team_wrap, place=place(**elsewhere)) is None


def test_a_note_does_not_pass_for_a_message_nor_a_message_for_a_note():
    uuids = {"inquiry": uuid.UUID(int=1), "note": place().uuid}
    kinds = place(), note_place(**uuids, number=1), old_note_place(note=place().uuid)
    for here, there in itertools.permutations(kinds, 2):
        sealed = seal(place=here)
        assert opens(sealed.payload, sealed.team_wrap, place=here)
        assert opens(sealed.payload, sealed.team_wrap, place=there) is None


def test_swapped_payloads_and_keys_are_refused():
    one, two = seal(), seal()
    assert opens(one.payload, two.team_wrap) is None
    assert opens(one.payload, one.visitor_wrap) is None
    assert opens(one.payload, one.visitor_wrap, key=VISITOR) is None
    assert opens(one.payload, one.team_wrap, label=sealing.VISITOR) is None
    assert opens(one.payload, one.team_wrap, key=STRANGER) is None


def test_a_wrap_for_a_key_under_the_name_of_another_is_refused():
    sealed = seal(team=STRANGER.public_key())
    renamed = sealed.team_wrap[:1] + sealing.key_id(TEAM.public_key()) + sealed.team_wrap[9:]
    assert opens(sealed.payload, renamed) is None
    assert opens(sealed.payload, renamed, key=STRANGER) is None


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_another_suite_is_refused(suite):
    sealed = seal()
    assert opens(bytes([suite]) + sealed.payload[1:], sealed.team_wrap) is None
    assert opens(sealed.payload, bytes([suite]) + sealed.team_wrap[1:]) is None


def test_authentic_bytes_that_are_no_padded_json_are_refused():
    """Whoever holds the public key can seal anything; still only what `pad` makes comes out."""
    dek, nonce, where = os.urandom(32), os.urandom(12), place()
    wrapped = sealing.wrap(dek, TEAM.public_key(), sealing.TEAM, where.uuid)
    for padded in (b"", b"x" * 512, (9).to_bytes(4, "big") + b"\xff" * 9 + bytes(499)):
        payload = b"\x01" + nonce + AESGCM(dek).encrypt(nonce, padded, where.aad)
        assert opens(payload, wrapped) is None


def test_an_error_of_opening_holds_nothing_of_the_text():
    sealed = seal({"message": "SECRET WORDS"})
    with pytest.raises(CannotOpen) as caught:
        sealing.open_sealed(sealed.payload, sealed.team_wrap, place=place(number=3), key=TEAM)
    assert "SECRET" not in repr(caught.value)


# Fail closed


@pytest.mark.parametrize("broken", ["token_bytes", "AESGCM", "_hpke"])
def test_when_sealing_fails_nothing_is_handed_out(monkeypatch, broken):
    class Fails:
        token_bytes = encrypt = None

        def __call__(self, *args, **kwargs):
            raise OSError("no entropy")

    if broken == "token_bytes":
        monkeypatch.setattr(sealing.secrets, "token_bytes", Fails())
    else:
        monkeypatch.setattr(sealing, broken, Fails())
    with pytest.raises(CannotSeal):
        seal({"message": "SECRET WORDS"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"\xff" * 91,
        ed25519.Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        ec.generate_private_key(ec.SECP384R1())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        sealing.private_pem(TEAM),
    ],
    ids=["empty", "corrupt", "noise", "Ed25519", "P-384", "a private key"],
)
def test_only_a_p256_public_key_is_taken(data):
    with pytest.raises(CannotSeal):
        sealing.load_public(data)


@pytest.mark.parametrize("data", [b"", b"noise", sealing.public_bytes(TEAM.public_key(), pem=True)])
def test_only_a_p256_private_key_is_taken(data):
    with pytest.raises(CannotOpen):
        sealing.load_private(data)


def test_keys_survive_their_files():
    assert sealing.key_id(sealing.load_private(sealing.private_pem(TEAM)).public_key()) == sealing.key_id(
        TEAM.public_key()
    )
    for pem in (True, False):
        read = sealing.load_public(sealing.public_bytes(TEAM.public_key(), pem=pem))
        assert sealing.key_id(read) == sealing.key_id(TEAM.public_key())


# Boxes


def test_a_box_opens_with_its_own_secret_and_purpose_only():
    boxed = sealing.box(b"token", secret=b"s" * 50, purpose=b"received")
    assert sealing.unbox(boxed, secret=b"s" * 50, purpose=b"received") == b"token"
    for words in ({"secret": b"t" * 50, "purpose": b"received"}, {"secret": b"s" * 50, "purpose": b"return"}):
        with pytest.raises(CannotOpen):
            sealing.unbox(boxed, **words)


def test_every_changed_or_cut_byte_of_a_box_is_refused():
    boxed = sealing.box(b"token", secret=b"s" * 50, purpose=b"received")
    for bad in (*changed_bytes(boxed), *cut(boxed), b""):
        with pytest.raises(CannotOpen):
            sealing.unbox(bad, secret=b"s" * 50, purpose=b"received")


# The house rules about this module


def test_sealing_is_short_and_the_only_importer_of_cryptography():
    source = Path(sealing.__file__).parent
    root = source.parent.parent
    importers = {
        file.relative_to(root).as_posix()
        for package in ("admissions", "content", "magnified")
        for file in (root / package).rglob("*.py")
        if re.search(r"^\s*(from|import) +cryptography\b", file.read_text(), re.MULTILINE)
    }
    assert importers == {"admissions/crypto/sealing.py"}
    assert len((source / "sealing.py").read_text().splitlines()) <= 150


def test_a_private_key_is_kept_as_pkcs8_and_derived_keys_are_below_the_order_of_the_curve():
    assert sealing.private_pem(TEAM).startswith(b"-----BEGIN PRIVATE KEY-----")
    assert sealing._ORDER == 115792089210356248762697446949407573529996955224135760342422259061068512044369
