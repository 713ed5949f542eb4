"""One article's revisions: look at each as readers would, and sign it. “On the site” publishes and withdraws."""

import datetime
from collections.abc import Callable

from csp.decorators import csp
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from content.admin import article_pages
from content.admin.history import compared
from content.checklist import findings
from content.models import Article, Revision, SignOff
from content.models.blocks import Audience
from content.services import reviewing, separation_of_duties
from content.services.actor import actor_of
from content.services.preview import draft_page
from content.text.typo_only import RULE

REVIEW_EVERY = datetime.timedelta(days=365)


class SignOffForm(forms.Form):
    next_due = forms.DateField(
        label="Review again by",
        help_text="At the latest in three years.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_next_due(self) -> datetime.date:
        day, today = self.cleaned_data["next_due"], timezone.localdate()
        if not today < day <= today + 3 * REVIEW_EVERY:
            raise ValidationError("Choose a day after today and at most three years ahead.")
        return day


def may_sign(request: HttpRequest, article: Article) -> bool:
    """Whether this account is the named reviewer's own."""
    reviewer = article.reviewer
    return bool(reviewer and reviewer.user_id == request.user.pk and request.user.has_perm("content.add_signoff"))


def get_revision(pk: int) -> Revision:
    return get_object_or_404(Revision.objects.select_related("article__reviewer__picture"), pk=pk)


@require_GET
def revisions(request: HttpRequest, pk: int) -> HttpResponse:
    article_pages.require(request, "view_article")
    article = article_pages.get_article(pk)
    return article_pages.show(
        request,
        article,
        "revisions",
        title=f"Revisions of “{article}”",
        here="revisions",
        revisions=article.revisions.defer("snapshot_json")
        .select_related("author", "published_by")
        .prefetch_related("sign_offs"),
        signed_texts=set(SignOff.objects.filter(revision__article=article).values_list("sha256", flat=True)),
        may_publish=request.user.has_perm("content.publish_article"),
        may_sign=may_sign(request, article),
        may_restore=article_pages.may(request, "change_article") and article.is_active,
    )


@require_GET
@csp(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])  # type: ignore[arg-type] # reason=its stub forgets arguments
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Exactly the page that visitors would get, under the policy of the public site."""
    article_pages.require(request, "view_article")
    revision = get_revision(pk)
    audience = Audience.LOVED_ONE if Audience.LOVED_ONE in request.GET else Audience.ME
    return HttpResponse(draft_page(request, revision, audience=audience))


def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    article_pages.require(request, "add_signoff")
    revision = get_revision(pk)
    if not may_sign(request, revision.article):
        raise PermissionDenied
    form = SignOffForm(request.POST or None, initial={"next_due": timezone.localdate() + REVIEW_EVERY})
    if request.method == "POST" and form.is_valid():
        sign_and_report(
            request, lambda: reviewing.sign_off(revision=revision, actor=actor_of(request), **form.cleaned_data)
        )
        return HttpResponseRedirect(reverse("admin:content_article_review", args=[revision.article_id]))
    read = reviewing.last_read(revision)
    return article_pages.show_page(
        request,
        "sign_off",
        title=f"Sign revision {revision.number} of “{revision.article}”",
        article=revision.article,
        revision=revision,
        form=form,
        findings=findings(revision),
        read=read,
        publication=compared(read.revision, revision) if read else None,
        is_typo_only=bool(read and reviewing.is_typo_only(revision, read)),
        rule=RULE,
    )


@require_POST
def confirm_typo_only(request: HttpRequest, pk: int) -> HttpResponse:
    """One click: what differs from the text that was read is a typo."""
    article_pages.require(request, "add_signoff")
    revision = get_revision(pk)
    if not may_sign(request, revision.article):
        raise PermissionDenied
    sign_and_report(request, lambda: reviewing.confirm_typo_only(revision=revision, actor=actor_of(request)))
    return HttpResponseRedirect(reverse("admin:content_article_review", args=[revision.article_id]))


def sign_and_report(request: HttpRequest, signing: Callable[[], SignOff]) -> None:
    """Sign, and tell how it went."""
    try:
        signed = signing()
    except reviewing.LicenceExpired:
        messages.error(request, "Your license has run out. Ask a publisher to enter its new date, then sign.")
    except separation_of_duties.OwnText:
        messages.error(request, "You wrote this text, so somebody else signs it.")
    except reviewing.NotTypoOnly:
        messages.error(request, "This is more than a typo. Read the text, then sign it.")
    else:
        number = signed.revision.number
        done = f"You confirmed revision {number} as typo only." if signed.full else f"You signed revision {number}."
        messages.success(request, done)
