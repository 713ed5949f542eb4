"""What makes a form count once: random bits that this server made and signed. The return code follows from them."""

import base64
import secrets
import time

from django.core import signing
from django.utils.crypto import salted_hmac

_signer = signing.Signer(salt="admissions.form_token")


class FormToken:
    """256 random bits that make a form count once, the consent notice that it showed, and since when.

    Each language counts its versions of the notice by itself, so a version is only known by both. A form that came
    back under a new token was shown nobody knows when: `shown_at` is 0.
    """

    def __init__(self, secret: bytes, notice_version: int, shown_at: int = 0, language: str = "en") -> None:
        self.secret, self.notice_version, self.shown_at, self.language = secret, notice_version, shown_at, language

    @classmethod
    def new(cls, notice_version: int, *, language: str = "en", issued_now: bool = True) -> "FormToken":
        return cls(secrets.token_bytes(32), notice_version, int(time.time()) if issued_now else 0, language)

    @classmethod
    def read(cls, signed: str) -> "FormToken | None":
        """The token that this server once made, however long ago; None for anything else."""
        try:
            encoded, version, shown_at, *language = _signer.unsign(signed).split(".")
            secret = base64.urlsafe_b64decode(encoded)
            return cls(secret, int(version), int(shown_at), *language) if len(secret) == 32 else None
        except (signing.BadSignature, ValueError):
            return None

    def __str__(self) -> str:
        encoded = base64.urlsafe_b64encode(self.secret).decode()
        return _signer.sign(f"{encoded}.{self.notice_version}.{self.shown_at}.{self.language}")

    @property
    def notice(self) -> str:
        """The notice as the sealed answers name it."""
        return f"notice version {self.notice_version}{' in Spanish' if self.language == 'es' else ''}"

    def __repr__(self) -> str:
        return "[form token]"  # the return code follows from it

    @property
    def synthetic_check_mark(self) -> str:
        """What the website's test of itself adds to its message; nobody without SECRET_KEY can make it."""
        return salted_hmac("admissions.probe", self.secret, algorithm="sha256").hexdigest()
