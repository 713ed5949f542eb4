"""Every page there is, and how a browser gets to it. The tests visit them; `make pictures` shows them."""

import functools
import io
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from admissions.models import Inquiry, WeeklyFigures
from admissions.services import desk, figures, kept_forms, team
from content.models import Article, Centre, HelpLine, Notice
from content.services import editing, organisation, saving, sharing
from tests import public
from tests.admissions.factories import make_inquiry, receive
from tests.browser import furnished

ARTICLE = "/articles/12-step-program/"
SPANISH_ARTICLE = "/es/articles/programa-de-12-pasos/"
FORMS = {
    "/contact/": "Send this message",
    "/request-a-call/": "Ask for a call",
    "/es/contact/": "Enviar este mensaje",
    "/es/request-a-call/": "Pedir una llamada",
}
CARDS = ("free", "taken", "outside", "given", "tried", "refused", "junk")
Opener = Callable[[Page], Any]


def at(path: str) -> Opener:
    return lambda page: page.goto(path)


def all_public(page: Page, *, language: str = "en") -> list[str]:
    """The paths of the sitemap's pages and of the forms in this language."""
    paths = public.paths(page.request.get("/sitemap.xml").text())
    return [path for path in paths if path.startswith("/es/") == (language == "es")]


def sign_in(context: BrowserContext, role: str, url: str) -> None:
    """Put a session of the account `role` into the browser."""
    client = Client()
    client.force_login(get_user_model().objects.get(username=role))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])


# What visitors see


def press(page: Page, name: str, role: Literal["button", "link"] = "button") -> None:
    """Press what is called `name`, and wait for the page that it leads to: a click returns before that is there."""
    with page.expect_navigation():
        page.get_by_role(role, name=name).click()


def send(page: Page, path: str) -> None:
    """Press the form's button."""
    press(page, FORMS[path])


def ask_for_an_answer_by_code(page: Page, path: str = "/contact/") -> None:
    """Send a message that is answered by return code alone."""
    page.goto(path)
    page.check("[name=reach_by][value=return_code]")
    page.fill("[name=message]", "What happens on the first day?")
    page.check("[name=consent]")
    send(page, path)
    page.wait_for_url("**/received/")


def sent_empty(path: str) -> Opener:
    def sent(page: Page) -> None:
        page.goto(path)
        send(page, path)

    return sent


def changed(path: str, answer: str, button: str) -> Opener:
    """Choose an answer, and press the button that shows the form again."""

    def pressed(page: Page) -> None:
        page.goto(path)
        field, _, value = answer.partition("=")
        chosen = page.locator(f'select[name={field}], [name={field}][value="{value}"]').first
        if chosen.evaluate("element => element.tagName") == "SELECT":
            chosen.select_option(value)
        else:
            chosen.check()
        press(page, button)

    return pressed


def answered_without_a_choice(page: Page) -> None:
    page.goto(f"{ARTICLE}helpful/")
    press(page, "Send my answer")


def sent_after_the_cookie_went(page: Page) -> None:
    page.goto("/contact/")
    page.fill("[name=message]", "Typed yesterday.")
    page.context.clear_cookies()
    send(page, "/contact/")


def come_back(page: Page, code: str) -> None:
    """A visit that is still open ends first."""
    page.context.clear_cookies(name="return")
    page.goto("/return/")
    page.fill("[name=code]", code)
    press(page, "Open my message")


def come_back_in_spanish(page: Page) -> None:
    page.context.clear_cookies(name="return")
    page.goto("/es/return/")
    page.fill("[name=code]", furnished.code())
    press(page, "Abrir mi mensaje")


def on_a_visit(path: str) -> Opener:
    """A page behind the code of the furnished inquiry."""

    def opened(page: Page) -> None:
        come_back(page, furnished.code())
        page.goto(path)

    return opened


def preferences_with_errors(page: Page) -> None:
    on_a_visit("/return/change/")(page)
    page.check("[name=reach_by][value=phone]")
    press(page, "Save this")


def added_too_late(page: Page) -> None:
    """The time was over before the button was pressed."""
    come_back(page, furnished.code())
    page.fill("[name=message]", "Typed for a long time.")
    page.context.clear_cookies(name="return")
    press(page, "Add this")


def warned(page: Page) -> None:
    """Two minutes before the time is over."""
    page.clock.install()
    come_back(page, furnished.code())
    page.clock.fast_forward("13:01")


def timed_out(page: Page) -> None:
    page.clock.install()
    come_back(page, furnished.code())
    page.fill("[name=message]", "Typed for a long time.")
    page.clock.fast_forward("15:01")


def new_code(page: Page) -> str:
    """The code of a message that was just sent."""
    ask_for_an_answer_by_code(page)
    return page.locator(".return-code").inner_text()


def with_consent_taken_back(page: Page) -> None:
    come_back(page, new_code(page))
    press(page, "Take back your consent", "link")
    press(page, "Take back my consent")


def destroyed(page: Page) -> None:
    come_back(page, new_code(page))
    press(page, "Destroy it all now", "link")
    press(page, "Destroy it now")


def older_notice(page: Page) -> None:
    """A text that no longer holds, with the way to the one that does."""
    newest = Notice.objects.current(Notice.Kind.ACCESSIBILITY)
    if newest.version == 1:
        organisation.publish_notice(kind=newest.kind, language="en", title=newest.title, text=newest.text)
    page.goto("/accessibility/versions/1/")


def finished(page: Page) -> None:
    come_back(page, furnished.code())
    press(page, "Finish and close")


PUBLIC: dict[str, Opener] = {
    "article-history": at(f"{ARTICLE}history/"),
    "article-helpful": at(f"{ARTICLE}helpful/"),
    "article-helpful-empty": answered_without_a_choice,
    "article-helpful-thanks": at(f"{ARTICLE}helpful/thanks/"),
    "glossary": at("/glossary/"),
    "article-version": at(f"{ARTICLE}history/1/"),
    "article-for-someone": at(f"{ARTICLE}for-someone-i-love/"),
    "article-card": at(f"{ARTICLE}card/"),
    "article-quiet": at(f"{ARTICLE}?quiet"),
    "contact-quiet": at("/contact/?quiet"),
    "notice-version": at("/privacy/versions/1/"),
    "notice-older": older_notice,
    "search": at("/search/"),
    "search-found": at("/search/?q=sponsor"),
    "search-mended": at("/search/?q=buprenorfine"),
    "search-crisis": at("/search/?q=suicide"),
    "search-nothing": at("/search/?q=qwertyuiop"),
    "styleguide": at("/styleguide/"),
    "styleguide-quiet": at("/styleguide/?quiet"),
    "styleguide-banner": at("/styleguide/?banner=changed"),
    "not-found": at("/no-such-page/"),
    "chat": at("/chat/"),
    "contact-autofill": at("/contact/?autofill=1"),
    "contact-for-me": at("/contact/?for=me"),
    "contact-loved-one": changed("/contact/", "about=loved_one", "Show the questions that fit"),
    "call-patient": changed("/request-a-call/", "about=patient", "Show the questions that fit"),
    "call-eastern": changed("/request-a-call/", "time_zone=America/New_York", "Show the times for my zone"),
    "contact-errors": sent_empty("/contact/"),
    "contact-expired": sent_after_the_cookie_went,
    "call-errors": sent_empty("/request-a-call/"),
    "received": ask_for_an_answer_by_code,
    "received-without-code": at("/received/"),
    "return": at("/return/"),
    "return-wrong": lambda page: come_back(page, "0000-0000-0000-0000-0000"),
    "return-empty": lambda page: come_back(page, ""),
    "return-kept": added_too_late,
    "visit": on_a_visit("/return/"),
    "visit-warned": warned,
    "visit-over": timed_out,
    "visit-change": on_a_visit("/return/change/"),
    "visit-change-errors": preferences_with_errors,
    "visit-consent": on_a_visit("/return/consent/"),
    "visit-consent-taken-back": with_consent_taken_back,
    "visit-destroy": on_a_visit("/return/destroy/"),
    "visit-destroyed": destroyed,
    "visit-finished": finished,
    "our-word": lambda page: our_word("/our-word/")(page),
}

# Beside those of `all_public`. What English pages prove of colors, sizes and order holds for these too.
SPANISH: dict[str, Opener] = {
    "es-article-quiet": at(f"{SPANISH_ARTICLE}?quiet"),
    "es-article-history": at(f"{SPANISH_ARTICLE}history/"),
    "es-article-helpful": at(f"{SPANISH_ARTICLE}helpful/"),
    "es-article-for-someone": at(f"{SPANISH_ARTICLE}for-someone-i-love/"),
    "es-consent-version": at("/es/consent/versions/1/"),
    "es-article-card": at(f"{SPANISH_ARTICLE}card/"),
    "es-search-crisis": at("/es/search/?q=suicidio"),
    "es-not-found": at("/es/no-such-page/"),
    "es-contact-errors": sent_empty("/es/contact/"),
    "es-received": lambda page: ask_for_an_answer_by_code(page, "/es/contact/"),
    "es-return": at("/es/return/"),
    "es-visit": come_back_in_spanish,
    "es-our-word": lambda page: our_word("/es/our-word/")(page),
}

# What staff see


def staff_page(name: str) -> Opener:
    return lambda page: page.goto(reverse(f"admin:{name}"))


def of_the_article(name: str, *, slug: str = "12-step-program") -> Opener:
    """A page of the article, or of its newest revision."""

    def opened(page: Page) -> Any:
        article = Article.objects.get(slug=slug)
        pk = article.revisions.latest().pk if "revision_" in name else article.pk
        return page.goto(reverse(f"admin:content_{name}", args=[pk]))

    return opened


def with_two_revisions(name: str, query: str = "") -> Opener:
    """A page of the article after its first part was changed and put last."""

    def opened(page: Page) -> None:
        article = Article.objects.get(slug="12-step-program")
        if article.revisions.count() == 1:
            section = article.content_section_set.first()
            assert section
            section.text = section.text.replace("</p>", " One more sentence.</p>", 1)
            section.ordering = 9999
            section.save()
            saving.save_revision(article=article, note="The first part is last, with one more sentence")
        page.goto(reverse(f"admin:content_{name}", args=[article.pk]) + query)

    return opened


def two_texts(page: Page) -> None:
    """Somebody saves while a form is open, and the form is saved then."""
    article = Article.objects.get(slug="12-step-program")
    page.goto(reverse("admin:content_article_change", args=[article.pk]))
    page.fill("#id_title", "What twelve-step treatment is")
    page.fill("#id_short_answer", "A shorter answer.")
    article.title = f"{article.title}, again"
    article.save()
    colleague = get_user_model().objects.get(username="writer")
    saving.save_revision(article=article, author=colleague, note="A better title")
    page.locator("[name=_continue]").first.click()
    page.get_by_role("button", name="Save the text that is chosen").wait_for()


def kept_and_offered(page: Page) -> None:
    """A form that was left with something typed, while a colleague has it open."""
    article = Article.objects.get(slug="12-step-program")
    users = get_user_model().objects
    editing.record_open_form(article=article, user=users.get(username="writer"))
    address = reverse("admin:content_article_change", args=[article.pk])
    for title in ("Typed", "Typed in another tab"):
        kept_forms.keep_form(
            user=users.get(username=furnished.EVERY_ROLE),
            form=kept_forms.FormOfTab(uuid.uuid4(), "", address),
            fields=QueryDict(urlencode({"title": title})),
        )
    page.goto(address)


def changed_help_line(page: Page) -> None:
    """The history of a line that was changed, with a table of what it said."""
    line = HelpLine.objects.get(number="988")
    line.tty = "711" if line.tty != "711" else "7-1-1"
    organisation.change(row=line, actor=get_user_model().objects.get(username="publisher"))
    page.goto(reverse("admin:content_helpline_history", args=[line.pk]))


def looked_at_unsaved(page: Page) -> None:
    article = Article.objects.get(slug="12-step-program")
    page.goto(reverse("admin:content_article_change", args=[article.pk]))
    page.fill("#id_title", "A title that is not saved")
    button = page.locator("[value='Preview without saving']").first
    button.evaluate("button => button.removeAttribute('formtarget')")
    with page.expect_navigation():
        button.click()


def with_links(page: Page) -> None:
    """One link that was opened and one that was taken back."""
    revision = Article.objects.get(slug="12-step-program").revisions.latest()
    writer = get_user_model().objects.get(username="writer")
    if not revision.share_links.exists():
        sharing.revoke(link=sharing.share(revision=revision, actor=writer))
        sharing.open_shared(secret=sharing.token(sharing.share(revision=revision, actor=writer)))
    page.goto(reverse("admin:content_article_share", args=[revision.article_id]))


def shared(page: Page) -> None:
    """As somebody without an account opens it."""
    revision = Article.objects.get(slug="12-step-program").revisions.latest()
    page.goto(f"{reverse('shared')}?key={sharing.token(sharing.share(revision=revision, actor=None))}")


def of_one(model: Any, verb: str) -> Opener:
    """A page of the first row."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}"
    return lambda page: page.goto(reverse(name, args=[model._default_manager.first().pk]))


def the_thread(page: Page) -> None:
    page.goto(reverse("admin:admissions_inquiry_changelist"))
    page.locator("#result_list a").first.click()


def a_card(state: str) -> Opener:
    """The page of an inquiry that came in a moment ago, in this state, with everything on it unfolded."""

    def opened(page: Page) -> None:
        actor = get_user_model().objects.get(username=furnished.EVERY_ROLE)
        their_hours = furnished.hours_that_are_over() if state == "outside" else "any_hour"
        inquiry = receive(body=furnished.CALLER | {"call_window": their_hours}).inquiry
        if state != "free":
            desk.take(inquiry=inquiry, actor=actor)
        if state == "tried":
            desk.record_attempt(inquiry=inquiry, actor=actor, version=inquiry.version, outcome="wrong")
            desk.take(inquiry=inquiry, actor=actor)
        if state == "junk":
            desk.set_aside_as_junk(inquiry=inquiry, actor=actor, version=inquiry.version, reason="Advertising.")
        page.goto(reverse("admin:admissions_inquiry_change", args=[inquiry.pk]))
        if state == "given":
            press(page, "Show the number")
        if state == "refused":
            page.locator(".outcome [type=submit]").evaluate("button => (button.form.noValidate = true)")
            press(page, "Save how it went")
        page.evaluate("document.querySelectorAll('#content details').forEach((each) => (each.open = true))")

    return opened


def queue_of_all_groups(page: Page) -> None:
    """One inquiry in each group of the queue, and the list of keys open."""
    now, hour = timezone.now(), timedelta(hours=1)
    minute = now.hour * 60 + now.minute
    if not Inquiry.objects.filter(tries=2).exists():
        make_inquiry(kind="call", promised_by=now - hour, next_at=now - 2 * hour)
        make_inquiry(good_from=(minute + 60) % 1440, good_until=(minute + 120) % 1440, next_at=now, tries=2)
        make_inquiry(next_at=now - hour).claim(get_user_model().objects.get(username="admissions_lead"))
        make_inquiry(promised_by=now + 2 * hour, next_at=now + hour)
        make_inquiry(status="waiting", promised_by=None, next_at=now + 100 * hour, is_number_wrong=True)
    page.goto(reverse("admin:admissions_inquiry_changelist"))
    page.get_by_text("Keys", exact=True).click()


def found(needle: str) -> Opener:
    def opened(page: Page) -> None:
        receive(body=furnished.CALLER)
        page.goto(reverse("admin:admissions_inquiry_search"))
        page.fill("#content [name=needle]", needle)
        press(page, "Find")

    return opened


def found_too_often(page: Page) -> None:
    most, team.MOST_HITS = team.MOST_HITS, 0
    found("Robin")(page)
    team.MOST_HITS = most


def figures_of_this_week(page: Page) -> None:
    actor = get_user_model().objects.get(username="admissions")
    for outcome in ("reached", "no_answer", "reached"):
        inquiry = receive(body=furnished.CALLER).inquiry
        desk.take(inquiry=inquiry, actor=actor)
        desk.record_attempt(inquiry=inquiry, actor=actor, version=inquiry.version, outcome=outcome)
    page.goto(reverse("admin:admissions_inquiry_figures"))


def held(page: Page) -> None:
    """Under a legal hold, with every form of its page refused or open."""
    inquiry = receive(body=furnished.CALLER).inquiry
    page.goto(reverse("admin:admissions_inquiry_privacy", args=[inquiry.pk]))
    page.fill("[name=hold-reason]", "A letter of the court.")
    press(page, "Set the hold")
    page.fill("[name=export-reason]", "The person asks for a copy.")
    page.fill("[name=export-password]", "wrong")
    press(page, "Export as text")


def looks_at_one(page: Page) -> None:
    page.goto(reverse("admin:admissions_disclosure_changelist"))
    page.fill("[name=number]", Inquiry.objects.from_people().first().public_id)
    press(page, "Who looked?")


def our_word(path: str) -> Opener:
    def opened(page: Page) -> None:
        centre = Centre.objects.get()
        centre.shows_figures = True
        organisation.change(row=centre, actor=None)
        monday = figures.recent_mondays(timezone.localdate())
        words = ((94, 3), (100, 0), (None, None))
        for week, (kept, hours) in zip(monday[1:], words, strict=False):
            WeeklyFigures.objects.create(monday=week, kept_of_100=kept, median_hours=hours)
        page.goto(path)

    return opened


def refused_at_sign_in(page: Page) -> None:
    page.context.clear_cookies()
    page.goto(reverse("admin:login"))
    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "wrong")
    press(page, "Log in")


def signed_out(page: Page) -> None:
    page.goto(reverse("admin:index"))
    press(page, "Log out")


def article_saved_empty(page: Page) -> None:
    page.goto(reverse("admin:content_article_add"))
    with page.expect_navigation():  # the words are stored before the form is sent
        page.locator("[name=_save]").first.click()


def article_with_every_block(page: Page) -> None:
    page.goto(reverse("admin:content_article_add"))
    for kind in ("section", "step", "care card", "call panel", "picture"):
        add_block(page, kind)


def add_block(page: Page, kind: str) -> None:
    page.locator(".order-machine-insert-target.last").click()
    page.locator(".plugin-button", has_text=re.compile(kind, re.IGNORECASE)).click()


def picture_uploaded(page: Page) -> None:
    file = io.BytesIO()
    Image.new("RGB", (640, 400), "#0d5653").save(file, "PNG")
    page.goto(reverse("admin:content_picture_add"))
    page.set_input_files("[name=file]", {"name": "room.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.fill("[name=alt]", "A plain wall")
    with page.expect_navigation():
        page.locator("[name=_continue]").click()


def closed_where_times_are_promised(page: Page) -> None:
    """The page that asks before promised times are taken back."""
    end = receive().inquiry.promised_by
    page.goto(reverse("admin:admissions_closedday_add"))
    page.fill("[name=day]", f"{timezone.localtime(end):%Y-%m-%d}")
    with page.expect_navigation():
        page.locator("[name=_save]").click()


def chosen_for_deletion(page: Page) -> None:
    page.goto(reverse("admin:content_helpline_changelist"))
    page.locator("[name=_selected_action]").first.check()
    page.select_option("[name=action]", "delete_selected")
    with page.expect_navigation():
        page.locator("[name=index]").click()


def of_every_model() -> dict[str, Opener]:
    """The five pages that the admin has of each model, whoever registered it."""
    pages: dict[str, Opener] = {}
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pages |= {f"{name}_{verb}": staff_page(f"{name}_{verb}") for verb in ("changelist", "add")}
        pages |= {f"{name}_{verb}": of_one(model, verb) for verb in ("change", "history", "delete")}
    return pages


def staff_pages() -> dict[str, tuple[str, Opener]]:
    """Name: account, and how to get there."""
    every = functools.partial(lambda opener, role=furnished.EVERY_ROLE: (role, opener))
    pages = {name: every(opener) for name, opener in of_every_model().items()}
    pages |= {
        "login": ("", staff_page("login")),
        "login_refused": ("", refused_at_sign_in),
        "index": every(staff_page("index")),
        "handbook": every(staff_page("handbook")),
        "signed_out": every(signed_out),
        "password_change": every(staff_page("password_change")),
        "password_change_done": every(staff_page("password_change_done")),
        "app_content": every(lambda page: page.goto(reverse("admin:app_list", args=["content"]))),
        "admissions_inquiry_groups": every(queue_of_all_groups),
        "content_article_change": every(of_the_article("article_change")),
        "content_article_errors": every(article_saved_empty),
        "content_article_blocks": every(article_with_every_block),
        "content_article_revisions": every(with_two_revisions("article_revisions")),
        "content_article_two_texts": every(two_texts),
        "content_article_offered": every(kept_and_offered),
        "content_revision_preview_frames": every(of_the_article("revision_preview_frames")),
        "content_article_preview": every(looked_at_unsaved),
        "content_article_share": every(with_links),
        "shared": ("", shared),
        "content_article_compare": every(with_two_revisions("article_compare", "?one=1&other=2")),
        "content_article_review": every(of_the_article("article_review")),
        "content_article_checklist": every(of_the_article("article_checklist")),
        "content_rules": every(staff_page("content_rules")),
        "content_article_publishing": every(of_the_article("article_publishing")),
        "content_article_read_only": ("reviewer", of_the_article("article_change")),
        "content_revision_preview": every(of_the_article("revision_preview")),
        "content_revision_sign_off": ("reviewer", of_the_article("revision_sign_off")),
        "content_picture_change": every(picture_uploaded),
        "content_helpline_changed": every(changed_help_line),
        **{f"card_{state}": every(a_card(state)) for state in CARDS},
        "admissions_inquiry_found": every(found("Robin")),
        "admissions_inquiry_found_none": every(found("qwertyuiop")),
        "admissions_inquiry_found_too_often": every(found_too_often),
        "admissions_inquiry_figures": ("admissions_lead", figures_of_this_week),
        "admissions_inquiry_privacy": every(held),
        "admissions_disclosure_of_one": ("privacy_officer", looks_at_one),
        "content_helpline_delete_chosen": every(chosen_for_deletion),
        "admissions_shift_week": every(staff_page("admissions_shift_week")),
        "admissions_closedday_costs": every(closed_where_times_are_promised),
    }
    return pages | {f"index_{role}": (role, staff_page("index")) for role in furnished.ROLES}
