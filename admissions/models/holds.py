"""What a column holds. Every model of this app says it of every field, in `holds`; a test fails on a gap."""

from enum import Enum


class Holds(Enum):
    CLEAR = "readable by whoever reads the database; nothing that a visitor typed"
    SEALED = "an envelope: bytes that only its readers can open"
    KEY = "a key or a wrapped key: its table stays out of the normal backup unless the key is public"
    HASH = "a digest of something secret, which cannot be turned back"

    @classmethod
    def by_field(cls, *, clear: str, sealed: str = "", key: str = "", hash: str = "") -> dict[str, "Holds"]:
        """For each field of a model, named as `namedtuple` takes names, what it holds."""
        kinds = {cls.CLEAR: clear, cls.SEALED: sealed, cls.KEY: key, cls.HASH: hash}
        return {name: kind for kind, names in kinds.items() for name in names.split()}
