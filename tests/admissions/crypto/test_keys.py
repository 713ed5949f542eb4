import os
import shutil

import pytest
from django.core.exceptions import ImproperlyConfigured

from admissions.crypto import keys, sealing
from admissions.errors import CannotOpen, CannotSeal, DisclosureNotWritten

pytestmark = pytest.mark.once


@pytest.fixture
def own_keys(settings, tmp_path):
    """Copies of the test run's key files, which a test may spoil."""
    for name in ("ADMISSIONS_PUBLIC_KEY_FILE", "ADMISSIONS_PRIVATE_KEY_FILE", "DISCLOSURE_KEY_FILE"):
        copy = tmp_path / getattr(settings, name).name
        shutil.copyfile(getattr(settings, name), copy)
        setattr(settings, name, copy)
    return settings


def test_the_two_team_keys_belong_together():
    assert sealing.key_id(keys.team_public()) == sealing.key_id(keys.team_private().public_key())


def test_a_replaced_file_counts_at_once(own_keys):
    before, other = keys.team_public(), sealing.new_private().public_key()
    own_keys.ADMISSIONS_PUBLIC_KEY_FILE.write_bytes(sealing.public_bytes(other, pem=True))
    os.utime(own_keys.ADMISSIONS_PUBLIC_KEY_FILE, ns=(1, 1))
    assert sealing.key_id(keys.team_public()) == sealing.key_id(other) != sealing.key_id(before)


def test_an_unchanged_file_is_read_once(own_keys):
    assert keys.team_public() is keys.team_public()


@pytest.mark.parametrize("spoil", ["unset", "missing", "empty", "corrupt", "a folder"])
def test_an_unusable_key_has_a_name(own_keys, tmp_path, spoil):
    for name, read, error in (
        ("ADMISSIONS_PUBLIC_KEY_FILE", keys.team_public, CannotSeal),
        ("ADMISSIONS_PRIVATE_KEY_FILE", keys.team_private, CannotOpen),
        ("DISCLOSURE_KEY_FILE", keys.disclosure, DisclosureNotWritten),
    ):
        read()
        file = getattr(own_keys, name)
        match spoil:
            case "unset":
                setattr(own_keys, name, None)
            case "missing":
                file.unlink()
            case "empty":
                file.write_bytes(b"")
            case "corrupt":
                file.write_bytes(file.read_bytes()[:-30] + b"x")
            case "a folder":
                setattr(own_keys, name, tmp_path)
        with pytest.raises(error):
            read()


@pytest.mark.parametrize("role", ["public", "staff", "worker", "all"])
def test_usable_keys_let_every_process_start(own_keys, role):
    keys.refuse_unusable(role)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("ADMISSIONS_PUBLIC_KEY_FILE", {"public", "staff", "all"}),
        ("ADMISSIONS_PRIVATE_KEY_FILE", {"staff", "all"}),
        ("DISCLOSURE_KEY_FILE", {"staff", "all"}),
    ],
)
def test_a_process_that_needs_a_key_does_not_start_with_a_corrupt_one(own_keys, name, refused):
    getattr(own_keys, name).write_text("noise")
    for role in ("public", "staff", "worker", "all"):
        if role in refused:
            with pytest.raises(ImproperlyConfigured, match="make_keys"):
                keys.refuse_unusable(role)
        else:
            keys.refuse_unusable(role)


def test_keys_that_do_not_belong_together_stop_the_start(own_keys):
    own_keys.ADMISSIONS_PRIVATE_KEY_FILE.write_bytes(sealing.private_pem(sealing.new_private()))
    with pytest.raises(ImproperlyConfigured, match="not the one"):
        keys.refuse_unusable("staff")
    keys.refuse_unusable("public")
