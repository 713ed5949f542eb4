"""What must hold before an article is published. Each finding names the place, the reason and the cure."""

import re
from collections import Counter
from dataclasses import dataclass

from django.conf import settings

from content import markup
from content.models import Revision, Source

# Words that a reader may take as advice to stop, in English and Spanish.
STOPPING = re.compile(
    r"\b((stop|quit|give up|taper off) (drinking|using|taking)|cold turkey"
    r"|dejar de (beber|consumir|tomar)|dejarlo de golpe)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    place: str
    reason: str
    cure: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason} {self.cure}"


def findings(revision: Revision) -> list[Finding]:
    """Everything that stands against publishing this text. Empty when it may go out."""
    snapshot, article = revision.snapshot, revision.article
    found = []
    if article.reviewer_id is None:
        found.append(Finding("Reviewer", "Nobody is named to check this text.", "Choose a reviewer."))
    if not snapshot["short_answer"].strip():
        found.append(Finding("Short answer", "It is empty.", "Answer the title in 30 to 60 words."))
    if not snapshot["blocks"]:
        found.append(Finding("Text", "The article has no text.", "Add a section."))
    found += step_findings(snapshot)
    found += stopping_findings(snapshot["blocks"])
    found += source_findings(snapshot["citations"])
    if settings.REQUIRE_SIGN_OFF and not article_is_signed(revision):
        found.append(
            Finding(
                "Sign-off",
                "No reviewer has signed this text.",
                "Ask the reviewer to sign this revision.",
            )
        )
    return found


def step_findings(snapshot: dict) -> list[Finding]:
    """A twelve-step article has the steps 1 to 12, in order, and no other article has any."""
    numbers = [block["number"] for block in snapshot["blocks"] if block["type"] == "step"]
    if snapshot["kind"] != "twelve_step":
        if numbers:
            return [
                Finding(
                    "Steps",
                    "Only the article with the twelve steps has steps.",
                    "Use sections instead.",
                )
            ]
        return []
    if numbers == list(range(1, 13)):
        return []
    counted = Counter(numbers)
    missing = [number for number in range(1, 13) if number not in counted]
    if missing:
        return [
            Finding(
                "Steps",
                f"Missing: {', '.join(map(str, missing))}.",
                "Add a block for each, so that there are 12.",
            )
        ]
    return [
        Finding(
            "Steps",
            "They are not in order.",
            "Move them so that they run from 1 to 12, each once.",
        )
    ]


def stopping_findings(blocks: list[dict]) -> list[Finding]:
    """Whoever reads about stopping has read before that stopping suddenly can kill."""
    for block in blocks:
        if block["type"] == "care_card" and block["kind"] == "withdrawal":
            break
        words = " ".join((block.get("heading", ""), block.get("meaning", ""), markup.plain_text(block.get("text", ""))))
        if (said := STOPPING.search(words)) is not None:
            return [
                Finding(
                    block.get("heading") or "Text",
                    f"It says “{said[0]}”, and no withdrawal card stands before it.",
                    "Put a care card of the kind “Withdrawal” before this part.",
                )
            ]
    return []


def source_findings(keys: list[str]) -> list[Finding]:
    sources = Source.objects.by_key(keys)
    found = [
        Finding(
            f"[@{key}]",
            "There is no source with this key.",
            "Add the source, or correct the key in the text.",
        )
        for key in keys
        if key not in sources
    ]
    return found + [
        Finding(
            f"[@{key}]",
            f"“{source.title}” has expired.",
            "Open it again, then set a new date in the source.",
        )
        for key, source in sources.items()
        if source.has_expired
    ]


def article_is_signed(revision: Revision) -> bool:
    return revision.article.revisions.filter(sign_offs__sha256=revision.sha256).exists()
