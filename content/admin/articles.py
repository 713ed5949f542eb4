"""Write an article: blocks in order, related articles; every save is a revision."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, ClassVar

from content_editor.admin import ContentEditor, ContentEditorInline
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Field, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from content.admin import checklist, concurrent_editing, history, preview, publishing, revisions, workflow
from content.admin.autocomplete import Choices, FinderAdmin, KnownChoices
from content.admin.checklist import report_findings
from content.admin.editor import RichTextAdmin
from content.admin.form_snapshot import UnsavedFormSet
from content.admin.invalidates_pages import FormerAddressesAdmin, SluggedAdmin
from content.admin.lists import NeverDeletedAdmin
from content.admin.retry_on_conflict import RetryOnConflictAdmin
from content.delivery import content_version
from content.models import Article, Handover, RelatedArticle, Revision, Topic
from content.models.blocks import BLOCKS, Block
from content.models.fields import RichTextField
from content.services import editing, saving, separation_of_duties
from content.services import publishing as publishing_service
from content.services import workflow as workflow_service
from content.services.actor import actor_of
from content.text.block_kinds import KINDS

# The pages beside the form. Each checks its own permission: `admin_view` only asks for staff.
PAGES: tuple[tuple[str, str, Callable[..., HttpResponseBase]], ...] = (
    ("<int:pk>/revisions/", "article_revisions", revisions.revisions),
    ("revisions/<int:pk>/preview/", "revision_preview", revisions.preview),
    ("revisions/<int:pk>/sign-off/", "revision_sign_off", revisions.sign_off),
    ("revisions/<int:pk>/small-change/", "revision_typo_only", revisions.confirm_typo_only),
    ("<int:pk>/publishing/", "article_publishing", publishing.publishing),
    ("<int:pk>/compare/", "article_compare", history.compare),
    ("revisions/<int:pk>/restore/", "revision_restore", history.restore),
    ("<int:pk>/review/", "article_review", workflow.review),
    ("beat/", "article_beat_new", concurrent_editing.beat),
    ("<int:pk>/beat/", "article_beat", concurrent_editing.beat),
    ("<int:pk>/merge/", "article_merge", concurrent_editing.merge),
    ("revisions/<int:pk>/look/", "revision_preview_frames", preview.preview_revision),
    ("look/", "article_preview_new", preview.preview_form),
    ("<int:pk>/look/", "article_preview", preview.preview_form),
    ("<int:pk>/share/", "article_share", preview.share),
    ("rules/", "rules", checklist.rules),
    ("<int:pk>/checklist/", "article_checklist", checklist.checklist),
    ("<int:pk>/checklist/waive/", "article_waive", checklist.waive_finding),
    ("waivers/<int:pk>/take-back/", "waiver_take_back", checklist.take_back),
)


class ArticleForm(forms.ModelForm):
    note = forms.CharField(
        label="What changed",
        max_length=200,
        required=False,
        help_text="One sentence for colleagues. Readers see it in the article's history once this text is published.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    began_from = forms.JSONField(required=False, widget=forms.HiddenInput)  # what was stored when the form was opened
    unsaved: ClassVar[dict[str, object]] = {}  # shown in place of what is stored
    live_before: dict[str, object]  # set when an article is saved again

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.is_bound:
            self.initial["began_from"] = editing.stored_version(self.instance)
        self.initial.update(self.unsaved)

    class Meta:
        model = Article
        fields = (
            "title",
            "slug",
            "kind",
            "short_answer",
            "meta_description",
            "topics",
            "reviewer",
            "language",
            "translation_of",
        )
        widgets = {
            "topics": forms.CheckboxSelectMultiple,
            "short_answer": forms.Textarea(attrs={"rows": 4}),
        }


class BlockInline(ContentEditorInline):
    """A block whose text may cite sources. Without a script the key is typed."""

    formset = UnsavedFormSet

    def formfield_for_dbfield(self, db_field: Field, *args: Any, **kwargs: Any) -> forms.Field:
        field = super().formfield_for_dbfield(db_field, *args, **kwargs)
        if isinstance(db_field, RichTextField):
            field.help_text = format_html(
                'Cite a source by its key, as in [@kelly-2020]; <a href="{}" target="_blank">all sources</a>. '
                "It becomes a number on the page.",
                reverse("admin:content_source_changelist"),
            )
        return field


def inline_of(model: type[Block]) -> type[ContentEditorInline]:
    """The inline of a kind: rows of other tables are searched for, and an anchor follows the heading."""
    fields = {name: model._meta.get_field(name) for name in model.fields}
    chosen = tuple(name for name, field in fields.items() if field.is_relation)
    attributes = {
        "model": model,
        "button": f'<span aria-hidden="true">{KINDS[model.type].icon}</span>',
        "prepopulated_fields": {"anchor": ("heading",)} if "anchor" in fields else {},
        "autocomplete_fields": chosen,
    }
    return type(f"{model.__name__}Inline", (KnownChoices, BlockInline) if chosen else (BlockInline,), attributes)


class RelatedArticleInline(KnownChoices, admin.StackedInline):
    model = RelatedArticle
    fk_name = "article"
    formset = UnsavedFormSet
    extra = 0
    autocomplete_fields = ("related",)


@admin.register(Article)  # it goes into the trash, from its page “On the site”
class ArticleAdmin(
    Choices, FinderAdmin, NeverDeletedAdmin, FormerAddressesAdmin, RetryOnConflictAdmin, RichTextAdmin, ContentEditor
):
    form = ArticleForm
    inlines = (*map(inline_of, BLOCKS), RelatedArticleInline)
    fieldsets = (
        (None, {"fields": ("title", "short_answer", "note", "began_from")}),
        (
            "Address and lists",
            {
                "fields": ("slug", "former", "meta_description", "topics"),
                "classes": ("collapse",),
            },
        ),
        (
            "Kind, review and language",
            {
                "fields": ("kind", "reviewer", "language", "translation_of"),
                "classes": ("collapse",),
            },
        ),
    )
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("translation_of",)
    list_display = ("title", "state", "latest", "work", "review", "reviewer", "language")
    list_filter = (
        publishing.PlaceFilter,
        workflow.WorkFilter,
        workflow.ReviewFilter,
        "kind",
        "topics",
        "language",
        "reviewer",
    )
    search_fields = ("title", "slug", "short_answer")
    show_full_result_count = False  # what is archived is never in the list, so it would count everything each time
    save_on_top = True
    actions = ("hand_in_chosen", "copy_chosen", "archive_chosen", "restore_chosen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        newest = Revision.objects.filter(article=OuterRef("pk")).order_by("-number").values("number")[:1]
        articles: Any = super().get_queryset(request)
        joined = articles.with_published_revision().select_related(
            "reviewer"
        )  # the list adds none to a queryset with one
        step = Handover.objects.open().filter(revision__article=OuterRef("pk"))
        return (
            joined.defer("published_revision__snapshot_json")
            .with_review_state()
            .annotate(
                newest_number=Subquery(newest),
                step_kind=Subquery(step.values("kind")[:1]),
                step_is_signed=Subquery(step.values("is_signed")[:1]),
            )
        )

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """What is archived or in the trash is restored before anybody writes in it."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_active)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Who may only read is shown the revisions: the editor is for those who write."""
        article = self.get_object(request, object_id)
        if article and self.has_view_permission(request) and not self.has_change_permission(request, article):
            return HttpResponseRedirect(reverse("admin:content_article_revisions", args=[object_id]))
        if article is None or not self.has_change_permission(request, article):
            return super().change_view(request, object_id, form_url, extra_context)
        if answer := concurrent_editing.open_kept_text(self, request, article):
            return answer
        if request.method == "POST" and concurrent_editing.is_behind(article, request.POST):
            return concurrent_editing.ask_which(request, article, request.POST)
        context = (extra_context or {}) | concurrent_editing.context(request, article)
        try:
            return super().change_view(request, object_id, form_url, context)
        except editing.Superseded:  # in the moment between
            return concurrent_editing.ask_which(request, article, request.POST)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if answer := concurrent_editing.open_kept_text(self, request, None):
            return answer
        return super().add_view(request, form_url, (extra_context or {}) | concurrent_editing.context(request, None))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)  # a class of this request
        if text := concurrent_editing.unsaved_text(request):
            form.unsaved = text.fields
        return form

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Article, inline: admin.options.InlineModelAdmin, prefix: str
    ) -> dict[str, Any]:
        text = concurrent_editing.unsaved_text(request)
        return super().get_formset_kwargs(request, obj, inline, prefix) | {"rows": text and text.rows[prefix]}

    def save_model(self, request: HttpRequest, obj: Article, form: ArticleForm, change: bool) -> None:
        """Raises `Superseded` when somebody saved since the form was opened; nothing is stored then."""
        if change:
            stored = editing.claim(article=obj, began_from=form.cleaned_data["began_from"])
            form.live_before = editing.live_fields(stored)
        super().save_model(request, obj, form, change)

    def has_hand_in_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("content.add_handover")

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("content.publish_article")

    @admin.action(description="Hand in the newest text of the chosen articles", permissions=["hand_in"])
    def hand_in_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        ready = [
            article
            for article in queryset
            if workflow.may_hand_in(request, article, article.revisions.first(), workflow_service.step_of(article))
        ]
        self.do_with_each(
            request,
            ready,
            lambda each: workflow_service.hand_in(revision=each.revisions.latest(), actor=actor_of(request)),
            "Handed in",
            "archived or in the trash, published already, or handed in already",
        )

    @admin.action(description="Make a copy of the chosen articles", permissions=["add"])
    def copy_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self.do_with_each(request, queryset, lambda each: saving.copy(article=each, author=actor_of(request)), "Copied")

    @admin.action(description="Put the chosen articles into the archive", permissions=["publish"])
    def archive_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self.do_with_each(
            request,
            queryset,
            lambda each: publishing_service.archive(article=each),
            "Put into the archive",
            "in the archive or the trash already",
        )

    @admin.action(description="Restore the chosen articles", permissions=["publish"])
    def restore_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self.do_with_each(
            request, queryset, lambda each: publishing_service.restore(article=each), "Restored", "active already"
        )

    def do_with_each(
        self,
        request: HttpRequest,
        articles: Iterable[Article],
        act: Callable[[Article], object],
        done: str,
        why_not: str = "",
    ) -> None:
        """Says how many were done, and how many were left alone and why. Each done one is in the admin's record."""
        acted = []
        for article in list(articles):
            with suppress(publishing_service.NotActive, publishing_service.AlreadyActive):
                act(article)
                acted.append(article)
                self.log_change(request, article, f"{done}, together with others.")
        skipped = len(request.POST.getlist("_selected_action")) - len(acted)
        reason = f" ({why_not})" if skipped and why_not else ""
        level = messages.SUCCESS if acted else messages.WARNING
        self.message_user(request, f"{done}: {len(acted)}. Skipped: {skipped}{reason}.", level)

    def view_on_site(self, obj: Article) -> str | None:
        return obj.get_absolute_url() if obj.is_published else None

    @admin.display(description="on the site")
    def state(self, article: Article) -> str:
        if article.published_revision is None:
            return "not published"
        return f"revision {article.published_revision.number}"

    @admin.display(description="work")
    def work(self, article: Any) -> str:
        if article.step_kind is None:
            return ""
        return workflow.state_words(Handover(kind=article.step_kind), is_signed=bool(article.step_is_signed))

    @admin.display(description="review")
    def review(self, article: Any) -> str:
        return workflow.REVIEW_STATES.get(article.review_state, "")

    @admin.display(description="newest", ordering="newest_number")
    def latest(self, article: Article) -> str:
        newest = getattr(article, "newest_number", None)
        return f"revision {newest}" if newest else "not saved yet"

    def save_related(
        self, request: HttpRequest, form: ArticleForm, formsets: list[forms.BaseModelFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if change and form.instance.was_public and editing.live_fields(form.instance) != form.live_before:
            content_version.invalidate_pages()
        form.instance.saved_revision = saving.save_revision(
            article=form.instance,
            author=actor_of(request),
            note=form.cleaned_data.get("note", ""),
        )
        if "_publish" not in request.POST:
            report_findings(request, form.instance.saved_revision)

    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        return self.response_publish(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self.response_publish(request, obj) or super().response_change(request, obj)

    def response_publish(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        """The answer to "Save and publish" and to "Save and preview"; None for the other buttons."""
        revision = article.saved_revision  # type: ignore[attr-defined] # reason=set in save_related of this request
        if "_preview" in request.POST:
            return HttpResponseRedirect(reverse("admin:content_revision_preview_frames", args=[revision.pk]))
        if "_publish" not in request.POST or not request.user.has_perm("content.publish_article"):
            return None
        try:
            publishing.put_on_the_site(request, revision)
        except publishing_service.NotPublishable as error:
            page = "checklist"
            why = f"It is not published yet: {len(error.findings)} to mend first, the first group below."
        except separation_of_duties.OwnText:
            page, why = "review", "You wrote it, so somebody else publishes it: hand it in here."
        except publishing_service.NotActive:
            page, why = "publishing", "The article was archived or deleted meanwhile: restore it first."
        else:
            return HttpResponseRedirect(reverse("admin:content_article_revisions", args=[article.pk]))
        self.message_user(request, f"Revision {revision.number} is saved. {why}", messages.WARNING)
        return HttpResponseRedirect(reverse(f"admin:content_article_{page}", args=[article.pk]))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = [path(route, wrap(view), name=f"content_{name}") for route, name, view in PAGES]
        return [*pages, *super().get_urls()]

    def findable(self) -> QuerySet[Article]:
        return Article.objects.with_published_revision().active()

    def entry(self, article: Article) -> dict[str, str]:
        address = article.get_absolute_url()
        return {"value": address, "label": article.title, "note": f"{address} · {self.state(article)}"}


@admin.register(Topic)
class TopicAdmin(SluggedAdmin):
    list_display = ("name", "intro", "position")
    prepopulated_fields = {"slug": ("name",)}
