"""The queue: what waits for the admissions team, in groups and tabs. Lists show clear columns only."""

import datetime
import hashlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage, Paginator
from django.db.models import BooleanField, Expression, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from admissions.admin.card import KEYS_OFF, keys_are_on, thread_url
from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import ChangedMeanwhile, IllegalMove, NotAllowed
from admissions.models import Inquiry
from admissions.scheduling import wording
from admissions.services import desk, queue
from admissions.services.actor import actor_of
from admissions.services.queue import Group, Tab

A_PAGE = 50
MOST_LISTED = 2_000  # rows to turn over: whoever needs more searches, and nobody counts a million


@dataclass(frozen=True)
class Line:
    """One inquiry as the queue shows it. `state` changes when the line would look another way."""

    inquiry: Inquiry
    state: str
    when: str
    is_late: bool
    way: str
    who: str
    is_unread: bool
    can_go_on_top: bool

    @property
    def url(self) -> str:
        return thread_url(self.inquiry)


def state(public_id: str, version: int, group: int) -> str:
    return f"{public_id} {version} {group}"


def line(inquiry: Inquiry, *, actor: User, group: int, is_unread: bool, now: datetime.datetime) -> Line:
    promise = inquiry.promised_by if not inquiry.promise_withdrawn_on else None
    return Line(
        inquiry=inquiry,
        state=state(inquiry.public_id, inquiry.version, group),
        when=when(inquiry, group=group, now=now),
        is_late=bool(promise and promise <= now) or inquiry.promise_withdrawn_on is not None,
        way=way(inquiry),
        who=who(inquiry, actor, now=now),
        is_unread=is_unread,
        can_go_on_top=group not in (Group.NONE, Group.WITH_A_COLLEAGUE),
    )


def when(inquiry: Inquiry, *, group: int, now: datetime.datetime) -> str:
    """When one of us acts, in the words of its group."""
    if group == Group.NONE or inquiry.next_at is None:
        ended = inquiry.get_closed_as_display() or inquiry.get_status_display()
        return f"{ended}, came in {wording.moment(inquiry.created, now=now, is_hour=True)}"
    if group == Group.NOT_THEIR_HOURS and inquiry.good_from is not None:
        return f"opens {wording.moment(opening(inquiry.good_from, now=now), now=now)}"
    if inquiry.promised_by is not None:
        return wording.for_staff(inquiry, now=now)
    if inquiry.next_at > now:
        return f"{'until' if group == Group.WAITING else 'again'} {wording.moment(inquiry.next_at, now=now)}"
    return f"now, since {wording.moment(inquiry.created, now=now, is_hour=True)}"


def opening(good_from: int, *, now: datetime.datetime) -> datetime.datetime:
    """The next moment at this minute of the UTC day."""
    midnight = now.astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    opens = midnight + datetime.timedelta(minutes=good_from)
    return opens if opens > now else opens + datetime.timedelta(days=1)


def who(inquiry: Inquiry, actor: User, *, now: datetime.datetime) -> str:
    """Empty when nobody has it."""
    if inquiry.claimed_until is None or inquiry.holder_id is None:
        return ""
    name = "you" if inquiry.holder_id == actor.pk else str(inquiry.claimed_by)
    return f"{name} until {wording.moment(inquiry.claimed_until, now=now)}"


def way(inquiry: Inquiry) -> str:
    if inquiry.do_not_contact:
        return "Answer in the thread only"
    if inquiry.is_number_wrong:
        return "Write: the number was wrong"
    if not inquiry.by_phone:
        return "Write"
    return "Call" if inquiry.kind == Inquiry.Kind.CALL else "Call or text"


class TabFilter(admin.SimpleListFilter):
    """The lists of the desk, drawn as tabs. Without a choice it is all that waits, in groups."""

    title = "list"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(tab.value, tab.label) for tab in Tab]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        tab = tab_of(request)
        listed = queue.rows(tab, actor=actor_of(request), now=timezone.now()).select_related("claimed_by")
        may_be_unread = tab not in (Tab.JUNK, Tab.FINISHED, Tab.BROKEN)  # of the junk nobody on the team was told
        return listed.annotate(is_unread=queue.is_unread() if may_be_unread else Value(False, BooleanField()))


def tab_of(request: HttpRequest) -> Tab:
    chosen = request.GET.get("status", "")
    if chosen in (Inquiry.Status.HANDLED, Inquiry.Status.DESTROYED):  # addresses that somebody may have kept
        return Tab.FINISHED
    return Tab(chosen) if chosen in Tab else Tab.QUEUE


class QueueChangeList(ChangeList):
    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Inquiry]) -> list[Expression | str]:
        """That of the list, whatever the address says: it ends with the key."""
        return [by for by in queryset.query.order_by if isinstance(by, str)]

    def get_results(self, request: HttpRequest) -> None:
        """The rows of one page. What stands in the tabs and how many pages there are is one query."""
        keys = queue.few(self.queryset, most=MOST_LISTED)
        self.counted = queue.counts(actor=actor_of(request), now=timezone.now(), listed=keys)
        paginator = Paginator(self.queryset, self.list_per_page)
        vars(paginator)["count"] = self.result_count = self.counted.pop("listed")
        self.paginator, self.full_result_count = paginator, None
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = False
        self.multi_page = self.result_count > self.list_per_page
        try:
            self.result_list = paginator.page(self.page_num).object_list
        except InvalidPage as error:
            raise IncorrectLookupParameters from error


class QueueAdmin(ReadOnlyAdmin):
    """The list of inquiries, the next step that is due first on top."""

    list_display = ("public_id",)
    list_filter = (TabFilter,)
    list_per_page = A_PAGE
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()  # the order is the next step

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        return QueueChangeList

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("next/", require_POST(self.take_next_view), "next"),
            ("unread/", require_safe(self.next_unread_view), "unread"),
            ("pulse/", require_safe(self.pulse_view), "pulse"),
            ("keys/", require_POST(self.keys_view), "keys"),
            ("<uuid:pk>/top/", require_POST(self.put_on_top_view), "top"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"admissions_inquiry_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inquiry]:
        people = super().get_queryset(request).exclude(kind=Inquiry.Kind.SYNTHETIC_CHECK)
        return people.select_related("claimed_by")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None)
        if context is None or "cl" not in context:
            return response  # an address that nobody can read leads elsewhere
        now, tab, actor = timezone.now(), tab_of(request), actor_of(request)
        listed = [
            line(inquiry, actor=actor, group=queue.group_of(inquiry), is_unread=vars(inquiry)["is_unread"], now=now)
            for inquiry in context["cl"].result_list
        ]
        counted = context["cl"].counted
        context |= {
            "title": queue.headline(counted),
            "subtitle": None,
            "tab": tab,
            "tabs": list(tabs(tab, counted)),
            "counted": queue.COUNTED,
            "groups": [
                (group.label, list(lines))
                for group, lines in itertools.groupby(listed, lambda line: queue.group_of(line.inquiry))
            ],
            "mark": mark(counted, [line.state for line in listed[:A_PAGE]]),
            "keys_are_on": keys_are_on(request),
        }
        return response

    def take_next_view(self, request: HttpRequest) -> HttpResponse:
        """Take what comes first, and open its card."""
        try:
            inquiry = desk.take_next(actor=actor_of(request))
        except NotAllowed as error:
            raise PermissionDenied from error
        if inquiry is None:
            messages.info(request, "Nobody can be called or answered now. Look under “Later” and “Unread”.")
            return HttpResponseRedirect(reverse("admin:admissions_inquiry_changelist"))
        messages.success(request, "You have it for 15 minutes. What you do here keeps it for longer.")
        return HttpResponseRedirect(thread_url(inquiry))

    def next_unread_view(self, request: HttpRequest) -> HttpResponse:
        """Open what comes first of what nobody has read, and leave it for whoever takes it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        unread = queue.rows(Tab.UNREAD, actor=actor_of(request), now=timezone.now())
        inquiry = next((each for each in unread[:A_PAGE] if queue.group_of(each) != Group.WITH_A_COLLEAGUE), None)
        if inquiry is None:
            messages.info(request, "Everything has been read.")
            return HttpResponseRedirect(reverse("admin:admissions_inquiry_changelist"))
        return HttpResponseRedirect(thread_url(inquiry))

    def put_on_top_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Back to the list where the button stood, or to the card."""
        inquiry = Inquiry.objects.from_people().filter(pk=pk).first()
        if inquiry is None:
            raise Http404
        try:
            desk.put_on_top(inquiry=inquiry, actor=actor_of(request))
        except NotAllowed as error:
            raise PermissionDenied from error
        except IllegalMove:
            messages.error(request, f"{inquiry} does not wait any more.")
        except ChangedMeanwhile:
            messages.error(request, f"{inquiry} changed a moment ago. Look at it as it is now, then try again.")
        else:
            messages.success(request, f"{inquiry} comes first now.")
        back = request.POST.get("back", "")
        if back == "card":
            return HttpResponseRedirect(thread_url(inquiry))
        return HttpResponseRedirect(list_url(Tab(back) if back in Tab else Tab.QUEUE))

    def keys_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.session[KEYS_OFF] = "keys" not in request.POST
        return HttpResponseRedirect(reverse("admin:admissions_inquiry_changelist"))

    def pulse_view(self, request: HttpRequest) -> HttpResponse:
        """What a page that stays open has to know: counts, and the lines of its list if these are others than it has.

        No look, and nothing is stored: a page that only asks counts as idle.
        """
        now, actor, tab = timezone.now(), actor_of(request), tab_of(request)
        try:
            counted = queue.counts(actor=actor, now=now)
        except NotAllowed as error:
            raise PermissionDenied from error
        listed = queue.rows(tab, actor=actor, now=now).only("id", "version")[:A_PAGE]
        states = [state(inquiry.public_id, inquiry.version, queue.group_of(inquiry)) for inquiry in listed]
        answer: dict[str, object] = {
            "mark": mark(counted, states),
            "headline": queue.headline(counted),
            "counts": {tab: queue.number(count) if count else "" for tab, count in counted.items()},
        }
        if request.GET.get("v") != answer["mark"]:
            answer["lines"] = states
        return JsonResponse(answer)


def tabs(chosen: Tab, counted: dict[str, int]) -> Iterator[tuple[Tab, str, str]]:
    """Each tab with its address and count; one without a place of its own while it is chosen."""
    for tab in (Tab.QUEUE, *queue.COUNTED, Tab.FINISHED):
        yield tab, list_url(tab), queue.number(counted[tab]) if counted.get(tab) else ""
    if chosen in (Tab.OVERDUE, Tab.TAKEN_BACK, Tab.OUTSIDE, Tab.BROKEN):
        yield chosen, list_url(chosen), ""


def list_url(tab: Tab) -> str:
    query = "" if tab == Tab.QUEUE else "?" + urlencode({"status": tab.value})
    return reverse("admin:admissions_inquiry_changelist") + query


def mark(counted: dict[str, int], states: list[str]) -> str:
    """What a page names to ask whether anything changed since."""
    return hashlib.blake2s(repr((sorted(counted.items()), states)).encode(), digest_size=8).hexdigest()
