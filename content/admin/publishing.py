"""“On the site”: what visitors read of an article, from when until when, and where it lies when they read none."""

import datetime
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from content.admin import article_pages
from content.checklist import findings
from content.models import Article, Revision
from content.services import publishing as publishing_service
from content.services import saving, separation_of_duties
from content.services.actor import actor_of
from content.text import retention

LAST_MOMENT = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


class DateForm(forms.Form):
    """A moment to come, or now."""

    at = forms.DateTimeField(
        label="On this date",
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text="In the time of the center, Los Angeles. Leave it empty to do it now.",
        error_messages={"invalid": "Give the day and the time, or leave it empty to do it now."},
    )

    def clean_at(self) -> datetime.datetime | None:
        moment = self.cleaned_data["at"]
        if moment and moment <= timezone.now():
            raise ValidationError("Choose a time that is still to come, or leave it empty to do it now.")
        if moment and moment > LAST_MOMENT:
            raise ValidationError("Choose a day before the year 2200. To leave a text where it is, choose none.")
        return moment


@require_http_methods(["GET", "HEAD", "POST"])
def publishing(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows it, and does what a button says. `?revision=` is the text to publish; otherwise the newest."""
    article_pages.require(request, "view_article")
    article = article_pages.get_article(pk)
    chosen = request.POST.get("revision") or request.GET.get("revision") or ""
    revision = (
        get_object_or_404(article.revisions.select_related("article__reviewer"), pk=chosen)
        if chosen.isdecimal()
        else article.revisions.select_related("article__reviewer").first()
    )
    do = request.POST.get("do", "")
    form = DateForm(request.POST if do in {"publish", "unpublish"} else None)
    if request.method == "POST":
        check_rights(request, article, do)
        if not form.is_bound or form.is_valid():
            try:
                if do in MOVES:
                    MOVES[do](request, article, revision, form.cleaned_data["at"] if form.is_bound else None)
            except publishing_service.NotActive:
                messages.warning(request, "The article is in the archive or the trash already. Restore it first.")
            except publishing_service.AlreadyActive:
                messages.warning(request, "The article is active: somebody restored it already.")
            return HttpResponseRedirect(reverse("admin:content_article_publishing", args=[pk]))
    return article_pages.show(
        request,
        article,
        "publishing",
        title=f"“{article}” on the site",
        here="publishing",
        revision=revision,
        findings=findings(revision) if revision else [],
        coming=list(article.revisions.coming()),
        leaves_at=leaves_at(article),
        publish_form=form if do == "publish" else DateForm(auto_id="publish_%s"),
        unpublish_form=form if do == "unpublish" else DateForm(auto_id="unpublish_%s"),
        may_publish=article_pages.may(request, "publish_article"),
        may_remove=may_remove(request, article),
        may_copy=article_pages.may(request, "add_article"),
    )


def leaves_at(article: Article) -> datetime.datetime | None:
    """When the article leaves the site by its date, with nothing in its place."""
    ends = article.revisions.ending_after(timezone.now()).order_by("-published_at").first()
    return ends.published_until if ends else None


def may_remove(request: HttpRequest, article: Article) -> bool:
    """Who writes may delete a draft. What visitors could ever read, a publisher decides about."""
    was_public = article.was_public
    return article_pages.may(request, "publish_article" if was_public else "change_article")


def check_rights(request: HttpRequest, article: Article, do: str) -> None:
    if do in {"delete", "restore"}:
        if not may_remove(request, article):
            raise PermissionDenied
    elif do == "copy":
        article_pages.require(request, "add_article")
    elif do:
        article_pages.require(request, "publish_article")
    else:
        article_pages.require(request, "change_article")


def publish(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    if revision is None:
        messages.error(request, "There is no text yet. Write it, and save it.")
        return
    try:
        put_on_the_site(request, revision, at)
    except publishing_service.NotPublishable as error:
        for finding in error.findings:
            messages.error(request, str(finding))
    except publishing_service.NotActive:
        messages.error(request, "The article is in the archive or in the trash. Restore it first.")
    except separation_of_duties.OwnText:
        messages.error(request, "You wrote this text, so somebody else publishes it.")


def put_on_the_site(request: HttpRequest, revision: Revision, at: datetime.datetime | None = None) -> None:
    """Publish, say it and record it. Raises what `publishing.publish` raises."""
    published = publishing_service.publish(revision=revision, actor=actor_of(request), at=at)
    done = f"Revision {published.number} " + (
        f"comes onto the site on {formatted(at)}." if at else "is now on the site."
    )
    article_pages.log(request, published.article, done)
    messages.success(request, done)


def unpublish(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    if not publishing_service.unpublish(article=article, at=at):
        messages.warning(request, "Nothing of this article is on the site then.")
        return
    done = f"The article leaves the site on {formatted(at)}." if at else "The article is no longer on the site."
    article_pages.log(request, article, done)
    messages.success(request, f"{done} Its revisions are kept.")


def unschedule(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    if revision and revision.is_coming:
        publishing_service.unschedule(revision=revision)
        article_pages.log(request, article, f"Canceled the schedule of revision {revision.number}.")
        messages.success(request, f"Revision {revision.number} stays a draft.")


def cancel_unpublishing(
    request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None
) -> None:
    publishing_service.cancel_unpublishing(article=article)
    article_pages.log(request, article, "Canceled the schedule of the withdrawal.")
    messages.success(request, "The article stays on the site.")


def archive(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    publishing_service.archive(article=article)
    article_pages.log(request, article, "Put into the archive.")
    messages.success(request, "The article is in the archive. It is kept there until somebody restores it.")


def delete(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    publishing_service.move_to_trash(article=article, actor=actor_of(request))
    article_pages.log(request, article, "Put into the trash.")
    messages.success(
        request, f"The article is in the trash. For {retention.period('trashed_articles')} it can be restored."
    )


def restore(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    publishing_service.restore(article=article)
    article_pages.log(request, article, "Restored.")
    messages.success(request, "The article is back as a draft. Visitors do not see it until it is published.")


def copy(request: HttpRequest, article: Article, revision: Revision | None, at: datetime.datetime | None) -> None:
    made = saving.copy(article=article, author=actor_of(request))
    article_pages.log(request, made, "Made as a copy.")
    link = reverse("admin:content_article_change", args=[made.pk])
    sentence = 'The copy is a draft with an address of its own: <a href="{}">{}</a>.'
    messages.success(request, format_html(sentence, link, made))


MOVES = {
    "publish": publish,
    "unpublish": unpublish,
    "unschedule": unschedule,
    "cancel_unpublishing": cancel_unpublishing,
    "archive": archive,
    "delete": delete,
    "restore": restore,
    "copy": copy,
}


def formatted(moment: datetime.datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y, H:i")


class PlaceFilter(admin.SimpleListFilter):
    """Articles that staff work with are the list; what is archived or in the trash is one click further."""

    title = "place"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("archive", "archive"),
            ("trash", f"trash: kept for {retention.period('trashed_articles')}"),
            ("all", "everywhere"),
        ]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield first | {"display": "active"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        return {
            "archive": lambda: queryset.filter(archived_at__isnull=False),
            "trash": lambda: queryset.in_trash(),
            "bin": lambda: queryset.in_trash(),  # a bookmark of the time before
            "all": lambda: queryset,
        }.get(self.value() or "", lambda: queryset.active())()
