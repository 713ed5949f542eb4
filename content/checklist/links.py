"""Where links and telephone numbers lead."""

import datetime
import re
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Model
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from content import languages
from content.checklist.text import Hit, Text, digits
from content.models import HelpLine, Link, Reviewer, Topic
from content.rendering.article import anchors
from content.text import rich_text

PATIENCE = datetime.timedelta(days=2)  # a site that is away for a night is no dead link
PHONE = re.compile(r"(?<![\d-])(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]\d{3}[-. ]\d{4}(?![\d-])")


def own_pages(text: Text) -> Iterator[Hit]:
    """Links to pages that we do not have."""
    for at, address, words in text.links:
        if not address.startswith("/"):
            continue
        own = text.own_addresses.get(address)
        if own is not None:
            if (own.language, own.slug) not in text.linked_articles:
                cure = "Search for the article with the button in the editor."
                yield text.hit(at, f"“{words}” leads to {address}, where there is no article.", cure, address)
        elif not leads_somewhere(address):
            reason = f"“{words}” leads to {address}, where there is no page."
            yield text.hit(at, reason, "Correct the address.", address)


def leads_somewhere(address: str) -> bool:
    path = re.split(r"[?#]", address, maxsplit=1)[0]
    with translation.override(languages.of_path(path)):
        try:
            match = resolve(path)
        except Resolver404:
            return False
    if match.app_name == "admin":
        return False
    rows: dict[str, type[Model]] = {"topic_detail": Topic, "reviewer_detail": Reviewer}
    row = rows.get(match.url_name or "")
    return row is None or row._default_manager.filter(slug=match.kwargs["slug"]).exists()


def unpublished(text: Text) -> Iterator[Hit]:
    for at, address, words in text.links:
        own = text.own_addresses.get(address)
        article = text.linked_articles.get((own.language, own.slug)) if own else None
        if article is not None and article != text.article and not article.is_published:
            reason = f"“{words}” leads to “{article}”, which is not on the site. Readers see the words without a link."
            yield text.hit(at, reason, "Publish that article, or link to another.", address)


def missing_anchors(text: Text) -> Iterator[Hit]:
    """Links to a place on a page of ours that is not there."""
    here = anchors(text.snapshot)
    for at, address, words in text.links:
        own = text.own_addresses.get(address)
        article = text.linked_articles.get((own.language, own.slug)) if own and own.anchor else None
        if own is None or article is None or own.rest:
            wrong = address.startswith("#") and address[1:] not in here
        elif article == text.article:
            wrong = own.anchor not in here
        else:
            revision = article.published_revision
            wrong = revision is not None and own.anchor not in anchors(revision.snapshot)
        if wrong:
            reason = f"“{words}” leads to {address}, but there is no such place on that page."
            yield text.hit(at, reason, "Open the page and copy the address of the place.", address)


def lost_anchors(text: Text) -> Iterator[Hit]:
    """Places that were public and are gone: other sites may link to them."""
    revision = text.article.published_revision
    if revision is None or revision.pk == text.revision.pk:
        return
    for anchor in sorted(anchors(revision.snapshot) - anchors(text.snapshot)):
        yield Hit(
            "Text",
            f"The place #{anchor} was public and is gone, so links to it lead to the top of the page.",
            "Give a section this anchor again, or its heading back. If nobody can have linked to it, waive this.",
            anchor,
        )


def dead(text: Text) -> Iterator[Hit]:
    for at, address, words in text.links:
        link = text.outside.get(address)
        if link is not None and is_dead(link):
            reason = f"“{words}” leads to {address}, which {state_words(link)}."
            yield text.hit(at, reason, "Find the page's new address, or take the link out.", address)


def doubtful(text: Text) -> Iterator[Hit]:
    for at, address, words in text.links:
        link = text.outside.get(address)
        if link is not None and not is_dead(link) and (link.is_broken or link.state == Link.State.MOVED):
            reason = f"“{words}” leads to {address}, which {state_words(link)}."
            cure = f"Use {link.leads_to}." if link.state == Link.State.MOVED else "Open it and look."
            yield text.hit(at, reason, cure, f"{address} {link.state}")


def is_dead(link: Link) -> bool:
    if link.state == Link.State.GONE:
        return True
    since = link.failing_since
    return link.state == Link.State.SILENT and since is not None and since < timezone.now() - PATIENCE


def state_words(link: Link) -> str:
    return {
        Link.State.GONE: "is gone",
        Link.State.SILENT: "does not answer",
        Link.State.CHANGED: "now looks like another page",
        Link.State.PLACE: "no longer has that place",
        Link.State.MOVED: "has moved for good",
    }[Link.State(link.state)]


def by_reference(text: Text) -> Iterator[Hit]:
    """Links to our own pages that name our site, and so do not follow when an address changes."""
    for at, address, words in text.links:
        if settings.PUBLIC_URL and address.startswith(f"{settings.PUBLIC_URL}/"):
            short = address.removeprefix(settings.PUBLIC_URL)
            yield text.hit(at, f"“{words}” names our own site.", f"Link to {short} alone.", address)


def numbers(text: Text) -> Iterator[Hit]:
    """Numbers that stand in no record: nobody would notice when they change."""
    for at, address, words in text.links:
        if address.startswith(("tel:", "sms:")) and digits(address.partition("?")[0]) not in text.our_numbers:
            yield number_hit(text, at, f"“{words}” dials {address[4:]}", address)
    for passage in text.passages:
        for number in PHONE.findall(passage.text):
            if digits(number) not in text.our_numbers:
                yield number_hit(text, passage.block, f"It shows {number}", number)


def number_hit(text: Text, at: int | None, reason: str, number: str) -> Hit:
    return Hit(
        text.place(at) if at is not None else "Opening",
        f"{reason}, a number that stands neither in the center's record nor among the help lines.",
        "Add a help line for it, so that it is dialed regularly, or take it out.",
        number,
        at,
    )


def stale_numbers(text: Text) -> Iterator[Hit]:
    """Numbers of help lines that were taken down, because nobody dialed them for too long."""
    down = {line.pk for line in HelpLine.objects.taken_down()} if any(text.our_numbers.values()) else set()
    for at, block in enumerate(text.blocks):
        html = block.get("text", "")
        dialed = [
            address.partition("?")[0] for address in rich_text.addresses(html) if address.startswith(("tel:", "sms:"))
        ]
        dialed += PHONE.findall(rich_text.plain_text(html))
        for number in dict.fromkeys(map(digits, dialed)):
            line = text.our_numbers.get(number)
            if line is not None and line.pk in down:
                reason = f"{line.name} ({line.number}) was last dialed too long ago and is taken down everywhere else."
                cure = "Dial it, then mark it as checked among the help lines."
                yield text.hit(at, reason, cure, f"{number} {line.last_checked}")
