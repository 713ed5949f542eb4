"""Write an article: blocks in order, related articles; every save is a revision."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from content_editor.admin import ContentEditor, ContentEditorInline
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from content.admin import concurrent_editing, history, preview, publishing, workflow
from content.admin.autocomplete import Choices, KnownChoices
from content.admin.checklist import checklist_urls, report_findings
from content.admin.editor import RichTextAdmin
from content.admin.form_snapshot import UnsavedFormSet
from content.admin.invalidates_pages import SluggedAdmin
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

MAX_MATCHES = 20


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

    def formfield_for_dbfield(self, db_field: Any, *args: Any, **kwargs: Any) -> Any:
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


@admin.register(Article)
class ArticleAdmin(Choices, RetryOnConflictAdmin, RichTextAdmin, ContentEditor):
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
    readonly_fields = ("former",)
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

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return False  # an article goes into the trash, from its page “On the site”

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
        if self.has_add_permission(request) and (answer := concurrent_editing.open_kept_text(self, request, None)):
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

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
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
        def hand_in(article: Article) -> bool:
            revision = article.revisions.first()
            if revision is None or not workflow.may_hand_in(
                request, article, revision, workflow_service.step_of(article)
            ):
                return False
            workflow_service.hand_in(revision=revision, actor=actor_of(request))
            return True

        self.do_with_each(
            request, queryset, hand_in, "Handed in", "archived or in the trash, published already, or handed in already"
        )

    @admin.action(description="Make a copy of the chosen articles", permissions=["add"])
    def copy_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self.do_with_each(request, queryset, lambda each: saving.copy(article=each, author=actor_of(request)), "Copied")

    @admin.action(description="Put the chosen articles into the archive", permissions=["publish"])
    def archive_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        def archive(article: Article) -> bool:
            try:
                publishing_service.archive(article=article)
            except publishing_service.NotActive:
                return False
            return True

        self.do_with_each(request, queryset, archive, "Put into the archive", "in the archive or the trash already")

    @admin.action(description="Restore the chosen articles", permissions=["publish"])
    def restore_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        def restore(article: Article) -> bool:
            try:
                publishing_service.restore(article=article)
            except publishing_service.AlreadyActive:
                return False
            return True

        self.do_with_each(request, queryset, restore, "Restored", "active already")

    def do_with_each(
        self,
        request: HttpRequest,
        articles: Iterable[Article],
        act: Callable[[Article], object],
        done: str,
        why_not: str = "",
    ) -> None:
        """Says how many were done, and how many were left alone and why. Each done one is in the admin's record."""
        acted = [article for article in list(articles) if act(article)]
        for article in acted:
            self.log_change(request, article, f"{done}, together with others.")
        skipped = len(request.POST.getlist("_selected_action")) - len(acted)
        reason = f" ({why_not})" if skipped and why_not else ""
        level = messages.SUCCESS if acted else messages.WARNING
        self.message_user(request, f"{done}: {len(acted)}. Skipped: {skipped}{reason}.", level)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Article | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else dict(self.prepopulated_fields)  # an address that exists never follows the title

    def view_on_site(self, obj: Article) -> str | None:
        return obj.get_absolute_url() if obj.is_published else None

    @admin.display(description="addresses it had")
    def former(self, article: Article) -> str:
        """They lead here, and stay this article's own."""
        slugs = [row.slug for row in article.former_addresses.all()] if article.pk else []
        return ", ".join(slugs) or "none"

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

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
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
            sentence = "Revision {} is saved. It is not published yet: {} to mend first, the first group below."
            self.message_user(request, sentence.format(revision.number, len(error.findings)), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:content_article_checklist", args=[article.pk]))
        except separation_of_duties.OwnText:
            sentence = "Revision {} is saved. You wrote it, so somebody else publishes it: hand it in here."
            self.message_user(request, sentence.format(revision.number), messages.WARNING)
            return HttpResponseRedirect(workflow.address(article))
        except publishing_service.NotActive:
            sentence = "Revision {} is saved. The article was archived or deleted meanwhile: restore it first."
            self.message_user(request, sentence.format(revision.number), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:content_article_publishing", args=[article.pk]))
        return HttpResponseRedirect(reverse("admin:content_article_revisions", args=[article.pk]))

    def get_urls(self) -> list[URLPattern]:
        from content.admin.revisions import (
            article_urls,
        )  # reason=that module needs this class for its breadcrumbs

        find = self.admin_site.admin_view(require_GET(self.find))
        return [
            *article_urls(self),
            *publishing.urls(self.admin_site.admin_view),
            *history.urls(self.admin_site.admin_view),
            *workflow.urls(self.admin_site.admin_view),
            *concurrent_editing.urls(self),
            *preview.urls(self.admin_site.admin_view),
            *checklist_urls(self),
            path("find/", find, name="content_article_find"),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest) -> JsonResponse:
        """Articles for the editor's dialog."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        matches, _ = self.get_search_results(
            request, Article.objects.with_published_revision().active(), request.GET.get("q", "")[:100]
        )
        return JsonResponse({"matches": [self.entry(article) for article in matches[:MAX_MATCHES]]})

    def entry(self, article: Article) -> dict[str, str]:
        address = article.get_absolute_url()
        return {"value": address, "label": article.title, "note": f"{address} · {self.state(article)}"}


@admin.register(Topic)
class TopicAdmin(SluggedAdmin):
    list_display = ("name", "intro", "position")
    prepopulated_fields = {"slug": ("name",)}
