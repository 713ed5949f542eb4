"""What an article consists of: its reviewer, its short answer, its steps, its sign-off, its description."""

from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.template.defaultfilters import pluralize
from django.utils import timezone

from content.checklist.text import Hit, Text
from content.models import Article
from content.text.block_kinds import KINDS

SHORT_ANSWER = range(30, 61)
DESCRIPTION = range(50, 156)


def reviewer(text: Text) -> Iterator[Hit]:
    named = text.article.reviewer
    if named is None:
        yield Hit("Reviewer", "Nobody is named to check this text.", "Choose a reviewer.", "reviewer")
    elif named.licence_has_expired(timezone.localdate()):
        yield Hit(
            "Reviewer",
            f"The license of {named.name} has run out.",
            "Enter its new date at the reviewer, or choose another one.",
            f"license of {named.pk}",
        )


def short_answer(text: Text) -> Iterator[Hit]:
    if not text.snapshot["short_answer"].strip():
        yield Hit("Short answer", "It is empty.", "Answer the title in 30 to 60 words.", "empty")


def length_of_short_answer(text: Text) -> Iterator[Hit]:
    answer = text.snapshot["short_answer"]
    if answer.strip() and len(answer.split()) not in SHORT_ANSWER:
        number = len(answer.split())
        reason = f"It has {number} word{pluralize(number)}."
        yield Hit("Short answer", reason, "Answer the title in 30 to 60 words.", answer)


def blocks(text: Text) -> Iterator[Hit]:
    if not text.blocks:
        yield Hit("Text", "The article has no text.", "Add a section.", "empty")
    for at, block in enumerate(text.blocks):
        if KINDS[block["type"]].needs_text and not block.get("text", "").strip():
            yield text.hit(at, "It has no text.", "Write it, or remove the block.", f"empty {at}")


def anchors(text: Text) -> Iterator[Hit]:
    """No reader meets two sections with one anchor: a link would find the first alone."""
    for reading in text.readings:
        count = Counter(block["anchor"] for _, block in reading if block["type"] == "section")
        for at, block in reading:
            if count[block.get("anchor")] > 1 and "voice" not in block:
                reason = f"Another section has the anchor “{block['anchor']}” as well, and some readers meet both."
                yield text.hit(at, reason, "Say for each of the two for whom it is.", block["anchor"])
                return


def steps(text: Text) -> Iterator[Hit]:
    """A twelve-step article has the steps 1 to 12, in order, and no other article has any."""
    numbers = [block["number"] for block in text.blocks if block["type"] == "step"]
    listed = f"steps {numbers}"
    if text.snapshot["kind"] != Article.Kind.TWELVE_STEP:
        if numbers:
            reason = "Only the article with the twelve steps has steps."
            yield Hit("Steps", reason, "Use sections instead.", listed)
        return
    missing = [number for number in range(1, 13) if number not in Counter(numbers)]
    if missing:
        reason = f"Missing: {', '.join(map(str, missing))}."
        yield Hit("Steps", reason, "Add a block for each, so that there are 12.", listed)
    elif numbers != list(range(1, 13)):
        cure = "Move them so that they run from 1 to 12, each once."
        yield Hit("Steps", "They are not in order.", cure, listed)


def sign_off(text: Text) -> Iterator[Hit]:
    if settings.REQUIRE_SIGN_OFF:
        signed = text.article.revisions.filter(sign_offs__sha256=text.revision.sha256)
        if not signed.exists():
            reason = "No reviewer has signed this text."
            yield Hit("Sign-off", reason, "Ask the reviewer to sign this revision.", text.revision.sha256)


def description(text: Text) -> Iterator[Hit]:
    sentence = text.snapshot["meta_description"].strip()
    place, cure = (
        "Description for search engines",
        "Write one sentence of 50 to 155 letters about what the page answers.",
    )
    if not sentence:
        yield Hit(place, "It is empty.", cure, "empty")
    elif len(sentence) not in DESCRIPTION:
        yield Hit(place, f"It has {len(sentence)} letter{pluralize(len(sentence))}.", cure, sentence)
    elif sentence.rstrip(".") == text.snapshot["title"].rstrip("."):
        yield Hit(place, "It only says the title again.", cure, sentence)


def related(text: Text) -> Iterator[Hit]:
    wanted = [entry["article"] for entry in text.snapshot["related"]]
    if not wanted:
        return
    published = set(Article.objects.published().filter(pk__in=wanted).values_list("pk", flat=True))
    for article in Article.objects.filter(pk__in=set(wanted) - published):
        reason = f"“{article}” is not on the site, so readers do not see it in the list."
        yield Hit("Related articles", reason, "Publish it, or choose another one.", f"related {article.pk}")
