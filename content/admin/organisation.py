"""The centre's record, the help ladder and the notices: what every page shows."""

from itertools import zip_longest
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from content.admin.editor import RichTextAdmin
from content.admin.lists import NeverAddedAdmin, NeverDeletedAdmin, report_marked
from content.admin.retry_on_conflict import RetryOnConflictAdmin
from content.models import Centre, ChangeRecord, HelpLine, Notice
from content.models.centre import SPANISH_WORDS
from content.services import organisation
from content.services.actor import actor_of
from content.text import retention, rich_text
from content.text.diff import Change, words


class OrganisationAdmin(RetryOnConflictAdmin):
    """Every change reaches the error pages too, and is kept: who, when, and each field before and after."""

    kind: ChangeRecord.Kind

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        organisation.change(row=obj, actor=actor_of(request))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        organisation.remove(row=obj, actor=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            organisation.remove(row=row, actor=actor_of(request))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Also of what was removed, which the histories of its kind name."""
        changes = ChangeRecord.objects.filter(kind=self.kind).select_related("changed_by")
        ours = list(changes.filter(target=object_id)) if object_id.isdecimal() else []
        row = self.get_object(request, object_id)
        removed = [gone for gone in changes.filter(after__isnull=True) if str(gone.target) != object_id]
        name = row or (ours[0].name if ours else None)
        return history(self, request, name, "record", row=row, changes=ours, removed=removed)


def history(
    desk: admin.ModelAdmin, request: HttpRequest, name: object, template: str, **context: object
) -> HttpResponse:
    """Raises `PermissionDenied`, whether there is such a row or not, and `Http404`."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    if name is None:
        raise Http404
    page = desk.admin_site.each_context(request) | {"opts": desk.opts, "title": f"History of “{name}”"} | context
    return TemplateResponse(request, f"admin/content/organisation/{template}_history.html", page)


@admin.register(Centre)
class CentreAdmin(NeverAddedAdmin, NeverDeletedAdmin, OrganisationAdmin):
    kind = ChangeRecord.Kind.CENTRE
    list_display = ("name", "phone", "licence_number", "open_all_hours")


@admin.register(HelpLine)
class HelpLineAdmin(OrganisationAdmin):
    kind = ChangeRecord.Kind.HELP_LINE
    list_display = ("name", "number", "hours", "last_checked", "state", "position")
    fieldsets = (
        (
            None,
            {"fields": ("name", "key", "number", "text_to", "url", "who_answers", "hours", "cost", "languages", "tty")},
        ),
        ("In Spanish", {"fields": ("name_es", "text_to_es", *SPANISH_WORDS[1:])}),
        ("On the page", {"fields": ("danger", "ages", "position", "last_checked")}),
    )
    actions = ("checked_today",)

    @admin.display(description="on the site")
    def state(self, line: HelpLine) -> str:
        return line.state

    @admin.action(description="I dialed the chosen numbers today", permissions=["change"])
    def checked_today(self, request: HttpRequest, queryset: QuerySet[HelpLine]) -> None:
        today = timezone.localdate()
        changed = 0
        for line in queryset.exclude(last_checked=today):
            line.last_checked = today
            organisation.change(row=line, actor=actor_of(request))
            changed += 1
        report_marked(self, request, changed, "Marked", "Already marked today")


class NoticeForm(forms.ModelForm):
    """The next version of a notice. It says which version its writer knew, so that no other is replaced unread."""

    began_from = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "text" in self.fields:
            names = ", ".join(f"{{retention.{name}}} ({retention.period(name)})" for name in settings.RETENTION_DAYS)
            hint = f"How long we keep something is a setting: write its name, and readers see the days. {names}."
            self.fields["text"].help_text = hint

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if unknown := retention.unknown(text):
            raise ValidationError(
                f"Nothing has the name {', '.join(unknown)}, and readers would see the braces. "
                "Take one of the names below the text."
            )
        return text

    def clean(self) -> dict[str, object]:
        typed = self.cleaned_data
        newest = Notice.objects.filter(kind=typed.get("kind"), language=typed.get("language")).first()
        if newest is None or typed["began_from"] == str(newest.pk):
            self.instance.version = newest.version + 1 if newest else 1
            return typed
        data: Any = self.data
        self.data = data = data.copy()
        data["began_from"] = str(newest.pk)  # once it was shown, the next save may replace it
        sentence = (
            "Not saved yet: version {} of this notice holds now, and your text did not begin from it. "
            '<a href="{}" target="_blank">Read that version</a>, take over what yours is missing, and save again.'
        )
        raise ValidationError(format_html(sentence, newest.version, newest.get_absolute_url()))


@admin.register(Notice)
class NoticeAdmin(NeverDeletedAdmin, RetryOnConflictAdmin, RichTextAdmin):
    """A notice is changed by adding its next version; what somebody agreed to stays as it was."""

    form = NoticeForm
    list_display = ("kind", "language", "version", "title", "published_on", "author")
    list_select_related = ("author",)
    list_filter = ("kind", "language")

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Notice | None = None) -> tuple[str, ...]:
        return ("kind", "language", "title", *(("text_html",) if obj else ("text", "began_from")))

    @admin.display(description="text")
    def text_html(self, notice: Notice) -> SafeString:
        return notice.html

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """“Add” with `?kind=` begins with the text that is in force."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        newest = Notice.objects.filter(kind=initial.get("kind"), language=initial.get("language", "en")).first()
        if newest is None:
            return initial
        text = {"title": newest.title, "text": newest.text, "language": newest.language, "began_from": newest.pk}
        return text | initial

    def save_model(self, request: HttpRequest, obj: Notice, form: ModelForm, change: bool) -> None:
        obj.author = actor_of(request)
        organisation.store_notice(notice=obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Every version of this notice, the newest first, with what changed in its words."""
        notice = self.get_object(request, object_id)
        same = Notice.objects.filter(kind=notice.kind, language=notice.language) if notice else Notice.objects.none()
        versions = list(same.select_related("author"))
        lines = [
            {"notice": version, "publication": compared(before, version) if before else None}
            for version, before in zip_longest(versions, versions[1:])
        ]
        return history(self, request, notice, "notice", row=notice, lines=lines)


def compared(before: Notice, after: Notice) -> dict[str, object]:
    """What `components/difference.html` shows of one version and the one before it."""
    parts = (
        ("Title", before.title, after.title),
        ("Text", *(rich_text.plain_text(retention.as_read(each.text)) for each in (before, after))),
    )
    changes = [Change("changed", name, words(old, new)) for name, old, new in parts if old != new]
    if not changes and before.text != after.text:
        changes = [Change("changed", "Text")]
    return {"before": before.version, "changes": changes, "sources_added": [], "sources_removed": []}
