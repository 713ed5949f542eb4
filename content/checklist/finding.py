import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from content.checklist.text import Hit, Text
from content.models import Waiver


@dataclass(frozen=True)
class Rule:
    """`blocks`: nothing is published against it. A rule about words may be wrong, so that its finding can be waived."""

    id: str
    name: str
    why: str
    check: Callable[[Text], Iterator[Hit]]
    blocks: bool = False
    can_be_waived: bool = True


@dataclass(frozen=True)
class Finding(Hit):
    rule: Rule = field(kw_only=True)
    waiver: Waiver | None = field(default=None, kw_only=True)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason} {self.cure}"

    @property
    def stands_against(self) -> bool:
        """Whether nothing may be published until it is mended or waived."""
        return self.rule.blocks and self.waiver is None

    @property
    def fingerprint(self) -> str:
        """The same for the same rule and the same words, whatever else changes in the article."""
        return hashlib.sha256(f"{self.rule.id}\n{' '.join(self.words.split())}".encode()).hexdigest()
