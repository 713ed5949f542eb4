"""No typed word is lost on the staff site, in a real browser: whatever comes between typing and storing."""

import itertools

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from admissions.models import Inquiry, KeptForm, Message
from content.models import Article, Source
from tests.admissions.factories import times
from tests.browser.furnished import EVERY_ROLE, PASSWORD
from tests.browser.pages import press, sign_in

pytestmark = pytest.mark.browser

WORDS = "Words that nobody may lose"
TYPING = 5_000
NOT_SENT = ".keep-line.not-kept"


def reply_page():
    return reverse("admin:admissions_inquiry_change", args=[Inquiry.objects.get().pk])


def article_page():
    return reverse("admin:content_article_change", args=[Article.objects.get(slug="12-step-program").pk])


def source_page():
    return reverse("admin:content_source_add")


# The page, the field that is typed into, and the button.
FORMS = {
    "reply": (reply_page, "[name=reply-text]", "[value=reply]"),
    "note": (reply_page, "[name=note-text]", "[value=note]"),
    "article": (article_page, "[name=title]", "[name=_continue]"),
    "source": (source_page, "[name=title]", "[name=_continue]"),
}
RICH = ".field-text .prose-editor > .ProseMirror"
EVERY_FORM = FORMS | {
    "term": (lambda: reverse("admin:content_term_add"), "[name=meaning]", "[name=_save]"),
    "pause": (lambda: reverse("admin:admissions_pause_add"), "[name=reason]", "[name=_save]"),
    "notice": (lambda: reverse("admin:content_notice_add"), RICH, "[name=_save]"),
}


class Form:
    def __init__(self, page, name):
        self.page, (address, self.field, self.button) = page, EVERY_FORM[name]
        self.address = address()
        page.goto(self.address)

    def type(self, words=WORDS):
        self.page.locator(f"details:has({self.field})").evaluate_all("all => all.forEach((each) => (each.open = true))")
        self.page.locator(self.field).click()
        self.page.fill(self.field, words)

    def press(self):
        self.page.locator(self.button).first.click()

    @property
    def words(self):
        field = self.page.locator(self.field)
        return field.inner_text() if self.field == RICH else field.input_value()

    def leave(self):
        """Another tab comes before this one, the lid closes, or the tab does: all that a page hears of it."""
        with self.page.expect_response("**/admin/keep/"):
            self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def put_back(self):
        press(self.page, "Put it back into the form", "link")

    def is_not_sent(self, why):
        expect(self.page.locator(NOT_SENT).first).to_contain_text(why)
        assert self.words == WORDS
        beside = self.page.locator(f":is(p, div):has({self.button}) + {NOT_SENT}")
        expect(beside.first).to_be_in_viewport()

    def is_taken(self):
        self.page.wait_for_load_state()
        expect(self.page.locator(".messagelist .success").first).to_be_visible()
        assert not KeptForm.objects.exclude(payload=None).exists()


@pytest.fixture
def form(new_page):
    return lambda name, page=None: Form(page or new_page(EVERY_ROLE), name)


@pytest.fixture(params=FORMS)
def each(request, form):
    return form(request.param)


def sign_out(page):
    Session.objects.all().delete()


def sign_in_elsewhere(page, who=EVERY_ROLE):
    """In another tab of the same browser, by the door: the key of every form changes with it."""
    page.context.clear_cookies(name="sessionid")
    other = page.context.new_page()
    other.goto("/admin/login/")
    other.fill("[name=username]", who)
    other.fill("[name=password]", PASSWORD)
    press(other, "Log in")
    other.close()


def test_pressed_while_signed_out_it_stays_and_is_sent_after_signing_in_in_another_tab(each):
    each.type()
    sign_out(each.page)
    each.press()
    each.is_not_sent("You're signed out.")
    expect(each.page.get_by_role("link", name="Sign in in a new tab").first).to_be_visible()
    sign_in_elsewhere(each.page)
    with each.page.expect_navigation():
        each.press()
    assert not KeptForm.objects.exclude(payload=None).exists() or each.words == WORDS


def test_pressed_while_the_network_is_away_it_stays_and_is_sent_when_it_is_back(form):
    reply = form("reply")
    reply.type()
    reply.page.context.set_offline(True)
    reply.press()
    reply.is_not_sent("doesn't answer")
    reply.page.context.set_offline(False)
    with reply.page.expect_navigation():
        reply.press()
    assert Message.objects.filter(author="team").count() == 2


def test_with_a_key_that_changed_it_is_sent_as_if_nothing_were(form):
    reply = form("reply")
    reply.type()
    sign_in_elsewhere(reply.page)
    with reply.page.expect_navigation():
        reply.press()
    assert Message.objects.filter(author="team").count() == 2


def test_signed_in_as_somebody_else_nothing_goes_out_in_their_name(form):
    reply = form("reply")
    reply.type()
    reply.page.context.clear_cookies()
    sign_in_elsewhere(reply.page, "admissions")
    reply.press()
    reply.is_not_sent("admissions is signed in")


def test_pressed_twice_it_is_sent_once(form):
    reply = form("reply")
    reply.type()
    with reply.page.expect_navigation():
        reply.page.locator(reply.button).dblclick()
    expect(reply.page.locator(".messagelist .success").first).to_be_visible()
    assert Message.objects.filter(author="team").count() == 2
    assert reply.words == ""


@pytest.mark.parametrize("name", ["reply", "source"])
def test_a_closed_tab_is_offered_and_put_back_and_gone_when_it_is_sent(form, new_page, name):
    page = new_page(EVERY_ROLE)
    page.clock.install()
    first = form(name, page)
    first.type()
    with page.expect_response("**/admin/keep/"):
        page.clock.run_for(TYPING)
    expect(page.get_by_text("for you alone. Not saved yet.").first).to_be_visible()
    assert WORDS not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    page.close(run_before_unload=False)
    again = form(name)
    again.put_back()
    assert again.words == WORDS
    assert WORDS not in again.page.url


def test_an_article_is_opened_again_as_it_was_kept(form, new_page):
    page = new_page(EVERY_ROLE)
    page.clock.install()
    first = form("article", page)
    first.type()
    with page.expect_response("**/admin/keep/"):
        page.clock.run_for(TYPING)
    page.close(run_before_unload=False)
    again = form("article")
    again.put_back()
    assert again.words == WORDS
    with again.page.expect_navigation():
        again.press()
    assert Article.objects.get(slug="12-step-program").title == WORDS
    assert not KeptForm.objects.exclude(payload=None).exists()


def test_back_finds_what_was_typed(form):
    source = form("source")
    source.type()
    source.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(source.page.get_by_text("for you alone").first).to_be_visible()
    source.page.once("dialog", lambda dialog: dialog.accept())
    source.page.goto("/admin/")
    source.page.go_back()
    press(source.page, "Put it back into the form", "link")
    assert source.words == WORDS


def test_a_refused_form_says_so_beside_its_buttons_jumps_to_the_first_error_and_asks_before_it_closes(form):
    source = form("source")
    source.type()
    with source.page.expect_navigation():
        source.press()
    expect(source.page.locator(NOT_SENT).first).to_contain_text("Not saved: ")
    expect(source.page.locator(NOT_SENT).first).to_contain_text("Key")
    expect(source.page.locator("[name=key]")).to_be_focused()
    assert KeptForm.objects.exclude(payload=None).count() == 1, "the server has it before anybody touches it again"
    asked = []
    source.page.once("dialog", lambda dialog: asked.append(dialog.type) or dialog.accept())
    source.page.locator("[name=title]").click()  # a browser asks only those who did something on the page
    source.page.goto("/admin/")
    assert asked == ["beforeunload"]
    assert not Source.objects.filter(title=WORDS).exists()


def test_without_the_mechanism_the_same_press_loses_the_words(new_page):
    """The control: with the script and the server's part switched off."""
    page = new_page(EVERY_ROLE)
    page.route("**/keep.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    reply = Form(page, "reply")
    page.locator("[name=staff_form]").evaluate_all("fields => fields.forEach((field) => field.remove())")
    reply.type()
    page.context.clear_cookies()
    reply.press()
    page.wait_for_load_state()
    sign_in(page.context, EVERY_ROLE, page.url.split("/admin")[0])
    page.goto(reply.address)
    assert reply.words == "" and not KeptForm.objects.exists()


def test_what_is_typed_into_another_form_while_one_is_sent_is_kept_too(form):
    reply = form("reply")
    reply.type("A reply")
    reply.page.fill("[name=note-text]", WORDS)
    with reply.page.expect_navigation():
        reply.press()
    press(reply.page, "Put it back into the form", "link")
    assert reply.page.locator("[name=note-text]").input_value() == WORDS


# Every form in every way


def killed(form):
    form.leave()
    form.page.goto("about:blank")
    form.page.goto(form.address)
    form.put_back()
    return WORDS


def gone_back(form):
    form.leave()
    form.page.goto("/admin/")
    form.page.go_back()
    form.put_back()
    return WORDS


def found_on_the_start_page(form):
    form.leave()
    form.page.goto("/admin/")
    form.page.locator(".kept-form a").first.click()
    form.page.wait_for_url(f"**{form.address}")
    form.put_back()
    return WORDS


def pressed_when_signed_out(form):
    sign_out(form.page)
    form.press()
    form.is_not_sent("You're signed out.")
    return WORDS


def gone_back_and_forward(form):
    form.leave()
    form.page.goto("/admin/")
    form.page.goto(form.address)
    form.page.go_back()
    form.page.go_forward()
    form.put_back()
    return WORDS


def reloaded(form):
    form.leave()
    form.page.reload()
    form.put_back()
    return WORDS


def pressed_when_the_account_is_closed(form):
    User.objects.filter(username=EVERY_ROLE).update(is_active=False)
    form.press()
    form.is_not_sent("Your account is closed.")
    assert "Sign in" not in form.page.locator(NOT_SENT).first.inner_text()
    return WORDS


def pressed_when_offline(form):
    form.page.context.set_offline(True)
    form.press()
    form.is_not_sent("doesn't answer")
    return WORDS


def too_long(form):
    """Longer than what the site takes at once, pressed."""
    form.page.locator(form.field).evaluate(
        """field => {
            const more = Object.assign(document.createElement("textarea"), { name: "more", hidden: true });
            more.value = "x".repeat(2_100_000);
            field.closest("form").append(more);
        }"""
    )
    form.press()
    form.is_not_sent("longer than the site takes")
    return WORDS


def typed_on_while_the_answer_does_not_come(form):
    """The press is on its way for good; it is stopped, or never answered. What is typed meanwhile is kept."""
    form.page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    with form.page.expect_response("**/admin/keep/"):
        form.press()
    form.page.locator(form.field).press("End")
    form.page.keyboard.type(", and more")
    form.leave()
    form.page.goto("about:blank")
    form.page.goto(form.address)
    form.put_back()
    return f"{WORDS}, and more"


WAYS = (
    killed,
    pressed_when_signed_out,
    typed_on_while_the_answer_does_not_come,
    too_long,
    gone_back,
    pressed_when_offline,
    found_on_the_start_page,
    gone_back_and_forward,
    reloaded,
    pressed_when_the_account_is_closed,
)


@pytest.mark.parametrize(
    ("name", "way"),
    times(short=list(zip(itertools.cycle(EVERY_FORM), WAYS)), full=list(itertools.product(EVERY_FORM, WAYS))),
)
def test_no_word_of_any_form_is_lost_in_a_browser(form, name, way):
    each = form(name)
    each.page.on("dialog", lambda dialog: dialog.accept())
    each.type()
    words = way(each)
    assert each.words == words
