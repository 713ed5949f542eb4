import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from admissions.crypto import keys, sealing
from admissions.errors import AdmissionsError

PUBLIC, PRIVATE, DISCLOSURE = "ADMISSIONS_PUBLIC_KEY_FILE", "ADMISSIONS_PRIVATE_KEY_FILE", "DISCLOSURE_KEY_FILE"
NAMES = {PUBLIC: "admissions-public.pem", PRIVATE: "admissions-private.pem", DISCLOSURE: "disclosure.key"}


class Command(BaseCommand):
    help = (
        "Make the admissions team's key pair and the key of the disclosure log. Never overwrites a file: what is there "
        "is kept, and checked. Without --directory the files are those named by the settings."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--directory", type=Path, help="Put the three files here, under their usual names.")

    def handle(self, *, directory: Path | None, **options):
        files = {name: directory / file if directory else getattr(settings, name) for name, file in NAMES.items()}
        unset = [name for name, file in files.items() if not file]
        if unset:
            raise CommandError(f"Set {', '.join(unset)}, or use --directory.")
        public, private, disclosure = (Path(files[name]) for name in NAMES)
        try:
            self.make_pair(public, private)
            self.make_disclosure_key(disclosure)
        except OSError as error:
            raise CommandError(f"Cannot read or write {error.filename}: {error.strerror}.") from None
        except AdmissionsError as error:
            raise CommandError(f"A key file that was there is not usable: {error}") from None

    def make_pair(self, public: Path, private: Path) -> None:
        if public.exists() and not private.exists():
            raise CommandError(
                f"{public} is there, but its private key {private} is not, and cannot be made again. Bring it back "
                "from the safe, or move the public key away to start with new keys."
            )
        if private.exists():
            key = sealing.load_private(private.read_bytes())
            self.stdout.write(f"Kept {private}")
        else:
            key = sealing.new_private()
            self.write(private, sealing.private_pem(key), mode=0o400)
        if public.exists():
            if sealing.load_public(public.read_bytes()) != key.public_key():
                raise CommandError(f"{public} and {private} do not belong together.")
            self.stdout.write(f"Kept {public}")
        else:
            self.write(public, sealing.public_bytes(key.public_key(), pem=True), mode=0o444)

    def make_disclosure_key(self, file: Path) -> None:
        if file.exists():
            keys.parse_disclosure(file.read_bytes())
            self.stdout.write(f"Kept {file}")
        else:
            self.write(file, secrets.token_hex(32).encode() + b"\n", mode=0o400)

    def write(self, file: Path, data: bytes, *, mode: int) -> None:
        """Whole or not at all, and never over a file that somebody else made meanwhile."""
        for parent in reversed([parent for parent in file.parents if not parent.exists()]):
            parent.mkdir(mode=0o700, exist_ok=True)
        half = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as target:
                target.write(data)
                target.flush()
                os.fsync(target.fileno())
            half.chmod(mode)  # whatever the umask took away
            os.link(half, file)
        finally:
            half.unlink()
        self.stdout.write(f"Made {file}")
