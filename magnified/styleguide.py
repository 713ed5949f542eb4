"""`/styleguide/`: every component and color on one page, on a laptop only. The component tests read it.

The samples are in `templates/styleguide.toml`. They go through the real templates and the real renderer.
"""

import re
import tomllib
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from content.models import Notice, Reviewer, Source
from content.rendering.article import Citations, page_blocks
from content.rendering.glossary import Glossary
from magnified.styles import read

SAMPLES = settings.BASE_DIR / "templates" / "styleguide.toml"
BANNERS = ("not_sent", "unsure", "changed", "expired")
_COLOUR = re.compile(r"--([a-z]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)")


def styleguide(request: HttpRequest) -> HttpResponse:
    """`?banner=unsure` and its like show the other banners: a page has one."""
    if settings.PRODUCTION:
        raise Http404
    asked = request.GET.get("banner", "")
    return render(request, "styleguide.html", context() | {"banner": asked if asked in BANNERS else BANNERS[0]})


def palette() -> dict[str, tuple[str, str]]:
    """Name: the color in the light scheme and in the dark one, as 00-tokens.css has them."""
    return {name: (light, dark) for name, light, dark in _COLOUR.findall(read("00-tokens"))}


def context() -> dict[str, Any]:
    samples = tomllib.loads(SAMPLES.read_text())
    page = samples["page"]
    citations = Citations({source["key"]: Source(**source) for source in samples["sources"]})
    page["blocks"], page["contents"] = page_blocks(page["blocks"], citations, Glossary({}))
    page["sources"] = list(citations.references.values())
    notices = [Notice(pk=-notice["version"], **notice) for notice in samples["notices"]]
    return samples | {
        "colours": palette(),
        "page": page | {"topic": None},
        "reviews": [page | {"review": review} for review in samples["reviews"]],
        "reviewer": Reviewer(**samples["reviewer"]),
        "notice": notices[0],
        "versions": notices,
        "article": {"url": "", "steps": page["blocks"][-1]["parts"]},
        "form": SampleForm({"word": "", "colour": "", "day": "friday"}),
    }


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
