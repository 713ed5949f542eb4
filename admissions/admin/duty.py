"""The duty calendar. Above every list and form of it stands what the public forms promise at this moment."""

import copy
import datetime
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_safe

from admissions.admin.retry_on_conflict import RetryOnConflictAdmin
from admissions.models import ClosedDay, OpeningHours, Pause, Shift
from admissions.models.duty import Weekday
from admissions.scheduling import booking, slots, wording
from admissions.scheduling.week import monday_of, read_week
from admissions.services.team import LEAD, TEAM

FieldGroups = list[str | list[str] | tuple[str, ...] | tuple[()]]


class PromisesAtStake(Exception):
    """What is being stored would take these promised times back, and nobody has agreed to it yet."""

    def __init__(self, ends: list[datetime.datetime]) -> None:
        super().__init__(f"{len(ends)} promised times")
        self.ends = ends


class UnsavedForm(forms.ModelForm):
    """What was typed, to be changed before it is saved."""

    def clean(self) -> dict[str, Any] | None:
        self.add_error(None, "Nothing is saved yet. Change what you like, then save.")
        return super().clean()


class DutyAdmin(RetryOnConflictAdmin):
    """What all four share: the preview, and that a change takes back what nobody can keep, once that is agreed to.

    To see what it costs, a change is stored and, unless somebody agreed to just that, rolled back.
    """

    change_list_template = "admin/admissions/duty/change_list.html"
    change_form_template = "admin/admissions/duty/change_form.html"
    list_per_page = 50

    def outlook(self) -> booking.Outlook:
        return booking.outlook()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask_first(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask_first(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask_first(request, super().changelist_view, *args, **kwargs)

    def ask_first(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: object, **kwargs: object
    ) -> HttpResponse:
        """Answer with a page that asks, where the change has a cost that nobody agreed to yet."""
        try:
            with transaction.atomic() if request.method == "POST" else nullcontext():
                return view(request, *args, **kwargs)
        except PromisesAtStake as stake:
            return self.confirm_page(request, stake)

    def confirm_page(self, request: HttpRequest, stake: PromisesAtStake) -> TemplateResponse:
        now = timezone.now()
        times = Counter(wording.moment(end - slots.HALF_HOUR, now=now) for end in stake.ends)
        ours = ("csrfmiddlewaretoken", "take_back", "edit")
        context = {
            **self.admin_site.each_context(request),
            "title": "Take promised times back?",
            "opts": self.opts,
            "count": len(stake.ends),
            "times": times.items(),
            "posted": [(name, value) for name, values in request.POST.lists() if name not in ours for value in values],
            "is_form": "post" not in request.POST,  # what is deleted has no form to go back to
        }
        return TemplateResponse(request, "admin/admissions/duty/confirm.html", context)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        if "edit" not in request.POST:
            return form

        class Unsaved(UnsavedForm, form):  # type: ignore[valid-type,misc] # reason=the form is made for each request
            pass

        return Unsaved

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: list[forms.BaseModelFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        self.take_back(request)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        self.take_back(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        super().delete_queryset(request, queryset)
        self.take_back(request)

    def take_back(self, request: HttpRequest) -> None:
        """Raises `PromisesAtStake` unless whoever sends this was told how many times it costs."""
        unkeepable, _ = booking.review_promises(timezone.now())
        if unkeepable and request.POST.get("take_back") != str(len(unkeepable)):
            raise PromisesAtStake([end for _, end in unkeepable])
        updated = booking.update_promises()
        if updated.withdrawn:
            words = f"Promised times that are taken back with this: {updated.withdrawn}. These people still wait."
            self.message_user(request, words, messages.WARNING)
        if updated.restored:
            self.message_user(request, f"Promised times that can be kept again, and stand: {updated.restored}.")


class WeeklyForm(forms.ModelForm):
    """A new row for each day that is ticked: a week is entered in one step."""

    days = forms.TypedMultipleChoiceField(
        choices=Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick every day for which it is the same. Each becomes a line of its own.",
    )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # reason=Django's own hook, which its types leave out
        first, *others = dict.fromkeys(self.cleaned_data.get("days") or [None])
        self.instance.weekday = first
        self.more = [copy.copy(self.instance) for _ in others]
        for row, weekday in zip(self.more, others, strict=True):
            row.weekday = weekday
        if self.errors:
            return
        for row in (self.instance, *self.more):
            try:
                row.full_clean()
            except ValidationError as error:
                self.add_error(None, [f"{row.get_weekday_display()}: {text}" for text in error.messages])


class WeeklyAdmin(DutyAdmin):
    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_form(request, obj, change, **kwargs | ({} if change else {"form": WeeklyForm}))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> FieldGroups:
        return ["weekday" if obj else "days", "starts", "ends"]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for row in getattr(form, "more", []):
            row.save()
            self.log_addition(request, row, self.construct_change_message(request, form, [], add=True))

    @admin.display(description="day", ordering="weekday")
    def day(self, rule: OpeningHours | Shift) -> str:
        return rule.get_weekday_display()


@admin.register(OpeningHours)
class OpeningHoursAdmin(WeeklyAdmin):
    """Within these hours the forms may promise a call, if somebody is on duty."""

    list_display = ("day", "starts", "ends")


@admin.register(Shift)
class ShiftAdmin(WeeklyAdmin):
    list_display = ("day", "starts", "ends", "person", "counsellors", "first_day", "last_day")
    list_filter = ("weekday", ("person", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("person",)

    def get_urls(self) -> list[URLPattern]:
        week = path("week/", self.admin_site.admin_view(require_safe(self.week_view)), name="admissions_shift_week")
        return [week, *super().get_urls()]

    def week_view(self, request: HttpRequest) -> TemplateResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Week of duty",
            "opts": self.opts,
            "week": read_week(monday_of(request.GET.get("week", ""))),
            "zone": wording.where(wording.zone_of(None), is_theirs=False),
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/admissions/duty/week.html", context)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> FieldGroups:
        return [*super().get_fields(request, obj), "person", "counsellors", "first_day", "last_day"]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """One change of a person's shifts at a time: what a colleague stored since the check is seen now.

        PostgreSQL itself could refuse overlaps only with an extension.
        """
        if person := form.instance.person_id:
            get_user_model().objects.select_for_update(no_key=True).filter(pk=person).first()
            for row in (form.instance, *getattr(form, "more", [])):
                try:
                    row.clean()
                except ValidationError as error:
                    raise IntegrityError from error
        super().save_model(request, obj, form, change)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: object
    ) -> forms.ModelChoiceField | None:
        if db_field.name == "person":
            team = get_user_model().objects.filter(groups__name__in=(LEAD, TEAM), is_active=True)
            kwargs["queryset"] = team.distinct().order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(ClosedDay)
class ClosedDayAdmin(DutyAdmin):
    list_display = ("day", "weekday", "name", "opens", "closes")
    fields = ("day", "name", "opens", "closes")
    date_hierarchy = "day"

    @admin.display(description="weekday")
    def weekday(self, closed: ClosedDay) -> str:
        return f"{closed.day:%A}"


@admin.register(Pause)
class PauseAdmin(DutyAdmin):
    list_display = ("starts", "ends", "is_over", "reason")
    ordering = ("-starts",)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: object) -> forms.Field | None:
        """The admin's two boxes for one moment, each with a name that is read aloud."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, AdminSplitDateTime):
            for box, part in zip(field.widget.widgets, ("day", "time"), strict=True):
                box.attrs["aria-label"] = f"{field.label}: {part}"
        return field

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        return {}  # an address has one text for a moment, and the two boxes cannot read it

    @admin.display(description="over", boolean=True)
    def is_over(self, pause: Pause) -> bool:
        return pause.ends <= timezone.now()
