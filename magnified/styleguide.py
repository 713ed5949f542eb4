"""`/styleguide/`: every component and colour on one page, on a laptop only. The component tests read it.

The samples go through the real templates, and where there is one through the real renderer.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from content.models import Notice, Reviewer, Source
from content.rendering.article import Citations, Review, page_blocks
from content.rendering.glossary import Glossary
from content.text.diff import Change, Piece
from magnified.styles import read

DAY = datetime.date(2026, 11, 23)
BANNERS = ("not_sent", "unsure", "changed", "expired")
_COLOUR = re.compile(r"--([a-z]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)")


def styleguide(request: HttpRequest) -> HttpResponse:
    """`?banner=unsure` and its like show the other banners: a page has one."""
    if settings.PRODUCTION:
        raise Http404
    asked = request.GET.get("banner", "")
    return render(request, "styleguide.html", samples() | {"banner": asked if asked in BANNERS else BANNERS[0]})


# Colours

SURFACES = ("paper", "card", "tint")
# In front, behind, at least: decisions for text and links 7:1, for other text 4.5:1, for what borders a control 3:1.
CONTRASTS = [
    *((front, behind, 7.0) for front in ("ink", "teal") for behind in SURFACES),
    *((front, behind, 4.5) for front in ("soft", "clay", "danger") for behind in SURFACES),
    *((front, behind, 3.0) for front in ("edge", "teal", "clay") for behind in SURFACES),
    ("paper", "teal", 7.0),
    ("paper", "ink", 7.0),
]


@dataclass(frozen=True)
class Contrast:
    front: str
    behind: str
    least: float
    light: float
    dark: float


def palette() -> dict[str, tuple[str, str]]:
    """Name: the colour in the light scheme and in the dark one, as 00-tokens.css has them."""
    return {name: (light, dark) for name, light, dark in _COLOUR.findall(read("00-tokens"))}


def contrasts() -> list[Contrast]:
    colours = palette()
    return [
        Contrast(front, behind, least, *(contrast(*pair) for pair in zip(colours[front], colours[behind], strict=True)))
        for front, behind, least in CONTRASTS
    ]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Components


def samples() -> dict[str, object]:
    reviewer = Reviewer(
        slug="sample",
        name="Dr. Sam Sample",
        credentials="doctorate in clinical psychology, clinical supervisor",
        licence_line="certified (CADC II)",
        licence_number="S-123",
        biography="<p>A person made up for this page.</p>",
    )
    return {
        "contrasts": contrasts(),
        "surfaces": SURFACES,
        "colours": palette(),
        "page": article_page() | {"topic": None},
        "reviews": reviews(reviewer),
        "shown": {"src": static("img/share.png"), "srcset": "", "width": 1200, "height": 630},
        "notice": versions()[0],
        "versions": versions(),
        "reviewer": reviewer,
        "card": {
            "title": "A sample article",
            "url": "#cards",
            "summary": "One sentence that says what the article answers.",
            "topic_names": ["The twelve steps"],
            "minutes": 7,
        },
        "article": {"url": "", "steps": article_page()["blocks"][-1]["parts"]},
        "publication": {"before": 1, "changes": changes(), "sources_added": ["A source. 2020."]},
        "messages": [
            {
                "author": "you",
                "heading": "You wrote",
                "at": "Tuesday, November 24, 9:04 p.m.",
                "text": "May my sister come along?",
            },
            {
                "author": "us",
                "heading": "We answered",
                "at": "Wednesday, November 25, 8:10 a.m.",
                "text": "Yes, she may.\nBoth of you are welcome.",
            },
        ],
        "pages": {"number": 2, "last": 3, "previous": "#cards", "next": "#cards"},
        "promised": {
            "when": "between 8:00 and 8:30 tomorrow morning",
            "where": "Pacific time",
            "zones": [{"key": "America/New_York", "name": "Eastern", "when": "between 11:00 and 11:30"}],
        },
        "form": SampleForm({"word": "", "colour": "", "day": "friday"}),
    }


def article_page() -> dict[str, Any]:
    text = (
        "<p>A sentence with a source [@one], and one with two [@one] [@two].</p><h3>A smaller heading</h3>"
        "<ul><li>One</li><li>Two</li></ul><blockquote><p>Words of somebody else.</p></blockquote>"
    )
    sources = {
        key: Source(
            key=key,
            title=f"A sample source, number {key}",
            authors="Sample A",
            year=2020,
            opened_on=DAY,
            url="https://example.org/",
        )
        for key in ("one", "two")
    }
    sources["two"].expires_on = DAY - datetime.timedelta(days=1)
    cards = [
        {
            "type": "care_card",
            "kind": kind,
            "heading": heading,
            "text": '<p>In danger, call <a href="tel:911">911</a>.</p>',
        }
        for kind, heading in (
            ("withdrawal", "Before you stop"),
            ("overdose", "An overdose"),
            ("crisis", "Thoughts of suicide"),
        )
    ]
    picture = {
        "type": "picture",
        "picture": 1,
        "src": static("img/share.png"),
        "width": 1200,
        "height": 630,
        "alt": "A path of twelve numbered steps",
        "caption": "A caption",
    }
    steps = [
        {
            "type": "step",
            "number": number,
            "principle": principle,
            "meaning": "One plain sentence, set apart.",
            "text": "<p>Then the text.</p>",
        }
        for number, principle in enumerate(("Honesty", "Faith", "Surrender"), start=1)
    ]
    citations = Citations(sources)
    blocks, contents = page_blocks(
        [
            {"type": "section", "heading": "A section", "anchor": "a-section", "text": text},
            *cards,
            {"type": "call_panel", "heading": "Questions about treatment?", "text": "<p>Call or write to us.</p>"},
            picture,
            *steps,
        ],
        citations,
        Glossary({}),
    )
    return {
        "title": "A sample article",
        "url": "#sample",
        "slug": "sample",
        "language": "en",
        "byline": "By the editorial team",
        "blocks": blocks,
        "contents": contents,
        "minutes": 7,
        "grade": 6,
        "published_on": DAY,
        "changed_on": DAY + datetime.timedelta(days=1),
        "sources": list(citations.references.values()),
        "related": [{"title": "Another article", "url": "#related", "reason": "Because the editor says so."}],
    }


def versions() -> list[Notice]:
    kind = Notice.Kind.PRIVACY
    return [Notice(pk=-number, kind=kind, version=number, language="en", published_on=DAY) for number in (2, 1)]


def reviews(reviewer: Reviewer) -> list[dict[str, object]]:
    """The page as the review line shows it in each state."""
    signed = "Clinically reviewed by Dr. Sam Sample, certified (CADC II), on May 3, 2025."
    lines = {
        "reviewed": f"{signed} Next review by May 3, 2027.",
        "awaited": "Clinical review by Dr. Sam Sample is awaited.",
        "edited": "Edited since review. Clinical review of this text by Dr. Sam Sample is awaited.",
        "overdue": f"{signed} Review overdue: the next one was due on May 3, 2026.",
        "expired": "The license of the person who checked this text ran out on May 3, 2026. "
        "A new clinical review is awaited.",
    }
    return [article_page() | {"review": Review(state, line, reviewer)} for state, line in lines.items()]


def changes() -> list[Change]:
    pieces = [
        Piece("same", "The words that "),
        Piece("removed", "were"),
        Piece("added", "are"),
        Piece("gap"),
        Piece("same", "here."),
    ]
    return [Change("changed", "A section", pieces), Change("moved", "Another section")]


class SampleForm(forms.Form):
    """One question of each kind. Bound and incomplete, so that it shows its errors as well."""

    word = forms.CharField(label="What should we call you?", help_text="A first name or nickname.")
    text = forms.CharField(
        label="What would you like to say?", widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
    day = forms.ChoiceField(label="Which day?", choices=[("monday", "Monday"), ("friday", "Friday")])
    colour = forms.ChoiceField(
        label="Which of these?", choices=[("a", "The first"), ("b", "The second")], widget=forms.RadioSelect
    )
    consent = forms.BooleanField(label="Yes, you may answer me", help_text="You can take this back at any time.")
