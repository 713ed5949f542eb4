"""The checklist of one article, the table of rules, and what the nightly check found on the site."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from content.admin import article_pages
from content.admin.edit_links import editor_link
from content.admin.lists import NeverAddedAdmin, NeverDeletedAdmin
from content.checklist import RULES, Finding, NothingToWaive, report, waive
from content.models import Article, LiveFinding, Revision, Waiver
from content.services.actor import actor_of


def may_waive(request: HttpRequest, *, blocks: bool) -> bool:
    """What stands against publication is waived by those who publish."""
    user = request.user
    return user.has_perm("content.add_waiver") and (not blocks or user.has_perm("content.publish_article"))


def newest(pk: int) -> Revision:
    """The article's newest revision. 404 when nothing was saved yet."""
    article = get_object_or_404(Article.objects.select_related("reviewer"), pk=pk)
    revision = article.revisions.order_by("-number").first()
    if revision is None:
        raise Http404
    revision.article = article
    return revision


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    article_pages.require(request, "view_article")
    return article_pages.show_page(request, "rules", title="The rules of the checklist", rules=RULES.values())


@require_GET
def checklist(request: HttpRequest, pk: int) -> HttpResponse:
    article_pages.require(request, "view_article")
    revision = newest(pk)
    blocks = revision.snapshot["blocks"]

    def entries(wanted: Callable[[Finding], object]) -> list[dict[str, object]]:
        return [
            {
                "finding": finding,
                "place_url": editor_link(pk, blocks, finding.block, place=finding.place),
                "may_waive": finding.rule.can_be_waived and may_waive(request, blocks=finding.rule.blocks),
            }
            for finding in findings
            if wanted(finding)
        ]

    findings = report(revision)
    return article_pages.show(
        request,
        revision.article,
        "checklist",
        here="checklist",
        title=f"Checklist of “{revision.article}”",
        revision=revision,
        groups=[
            ("To mend before publication", entries(lambda finding: finding.stands_against)),
            ("Worth a look", entries(lambda finding: not finding.rule.blocks and finding.waiver is None)),
            ("Waived as a false alarm", entries(lambda finding: finding.waiver is not None)),
        ],
        may_write=article_pages.may(request, "change_article") and revision.article.is_active,
        may_take_back=request.user.has_perm("content.delete_waiver"),
        rules_read=len(RULES),
    )


@require_POST
def waive_finding(request: HttpRequest, pk: int) -> HttpResponse:
    article_pages.require(request, "add_waiver")
    rule = RULES.get(request.POST.get("rule", ""))
    if rule is not None and not may_waive(request, blocks=rule.blocks):
        raise PermissionDenied
    try:
        waive(
            revision=newest(pk),
            rule=request.POST.get("rule", ""),
            fingerprint=request.POST.get("fingerprint", ""),
            reason=request.POST.get("reason", ""),
            actor=actor_of(request),
        )
    except NothingToWaive:
        messages.error(request, "That finding is no longer there: the text has changed, or it is a fact to be mended.")
    except ValidationError as error:
        messages.error(request, f"Not waived. {' '.join(error.messages)}")
    else:
        messages.success(request, "Waived. It comes back by itself when these words change.")
    return HttpResponseRedirect(reverse("admin:content_article_checklist", args=[pk]))


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    article_pages.require(request, "delete_waiver")
    waiver = get_object_or_404(Waiver, pk=pk)
    waiver.delete()
    messages.success(request, "The finding counts again.")
    return HttpResponseRedirect(reverse("admin:content_article_checklist", args=[waiver.article_id]))


def report_findings(request: HttpRequest, revision: Revision) -> None:
    """After a save: how the text stands with the rules, with a link to the list."""
    finding: list[Finding] = [finding for finding in report(revision) if finding.waiver is None]
    against = sum(finding.stands_against for finding in finding)
    if not finding:
        return
    link = reverse("admin:content_article_checklist", args=[revision.article_id])
    sentence = '<a href="{}">Checklist</a>: {} to mend before publication, {} worth a look.'
    level = messages.WARNING if against else messages.INFO
    messages.add_message(request, level, format_html(sentence, link, against, len(finding) - against))


@admin.register(LiveFinding)
class LiveFindingAdmin(NeverAddedAdmin, NeverDeletedAdmin):
    """Read at night by `check_content`. A finding goes away by mending the page, or by waiving it on its checklist."""

    list_display = ("reason", "mend", "place", "weight", "rule_name", "found_on")
    list_display_links = None
    list_filter = ("blocks", "rule")
    list_select_related = ("article",)
    search_fields = ("reason", "place", "article__title")

    def has_change_permission(self, request: HttpRequest, obj: LiveFinding | None = None) -> bool:
        return False

    @admin.display(description="article", ordering="article__title")
    def mend(self, finding: LiveFinding) -> SafeString:
        link = reverse("admin:content_article_checklist", args=[finding.article_id])
        return format_html('<a href="{}">{}</a>', link, finding.article)

    @admin.display(description="weight", ordering="blocks")
    def weight(self, finding: LiveFinding) -> str:
        return "dangerous" if finding.blocks else "worth a look"

    @admin.display(description="rule", ordering="rule")
    def rule_name(self, finding: LiveFinding) -> str:
        rule = RULES.get(finding.rule)
        return rule.name if rule else finding.rule
