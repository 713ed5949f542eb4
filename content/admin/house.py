"""The centre's record, the help ladder and the notices: what every page shows."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from content import services
from content.admin.editor import RichTextAdmin
from content.admin.live import LiveAdmin
from content.models import Centre, HelpLine, Notice
from content.models.centre import SPANISH_WORDS


class HouseAdmin(LiveAdmin):
    """Every change here reaches the error pages too."""

    def changed(self) -> None:
        services.house_changed()


@admin.register(Centre)
class CentreAdmin(HouseAdmin):
    list_display = ("name", "phone", "licence_number", "open_all_hours")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Centre | None = None) -> bool:
        return False


@admin.register(HelpLine)
class HelpLineAdmin(HouseAdmin):
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

    @admin.action(description="I dialled the chosen numbers today", permissions=["change"])
    def checked_today(self, request: HttpRequest, queryset: QuerySet[HelpLine]) -> None:
        today = timezone.localdate()
        changed = queryset.exclude(last_checked=today).update(last_checked=today)
        services.house_changed()
        skipped = len(request.POST.getlist("_selected_action")) - changed
        self.message_user(
            request,
            f"Marked: {changed}. Already marked today: {skipped}.",
            messages.SUCCESS,
        )


@admin.register(Notice)
class NoticeAdmin(RichTextAdmin):
    """A notice is changed by adding its next version; what somebody agreed to stays as it was."""

    fields = ("kind", "language", "title", "text")
    list_display = ("kind", "language", "version", "title", "published_on")
    list_filter = ("kind", "language")

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """“Add” with `?kind=` begins with the text that is in force."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        newest = Notice.objects.filter(kind=initial.get("kind"), language=initial.get("language", "en")).first()
        return (
            {"title": newest.title, "text": newest.text, "language": newest.language} | initial if newest else initial
        )

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        stored = services.publish_notice(kind=obj.kind, language=obj.language, title=obj.title, text=obj.text)
        obj.pk, obj.version = stored.pk, stored.version
