"""A text that visitors do not see yet, as the page that they would see."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from content.models import Notice, Revision
from content.models.blocks import Audience
from content.services import saving


def draft_page(request: HttpRequest, revision: Revision, *, audience: Audience = Audience.ME, **context: object) -> str:
    """The whole page, in the language of the text. `context` goes before what the request says."""
    language = revision.snapshot["language"]
    with translation.override(language):
        page = {
            "page": saving.preview(revision=revision, audience=audience),
            "disclaimer": Notice.objects.filter(kind=Notice.Kind.MEDICAL_DISCLAIMER, language=language).first(),
            "counterpart": "",
        }
        return render_to_string("content/article_detail.html", page | context, request)
