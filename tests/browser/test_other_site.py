"""P76 in a real browser: another website sends forms to ours in a visitor's name."""

import http.server
import threading
from html import escape

import pytest

from admissions.crypto import return_code
from admissions.crypto.form_token import FormToken
from tests.browser import pages

pytestmark = pytest.mark.browser

PLANTED = {"message": "Planted message", "phone": "900-555-0199", "website": "planted.example", "then": "line"}
PATHS = [*pages.FORMS, "/return/", "/return/add/", "/return/change/", "/es/return/destroy/"]


@pytest.fixture
def other_site():
    """A page of another origin, at 127.0.0.1 where ours is at localhost; `set_page` says what it holds."""

    class Page(http.server.BaseHTTPRequestHandler):
        html = ""

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(Page.html.encode())

        def log_message(self, *args):
            """The test's output is not its log."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def set_page(html):
            Page.html = html
            return f"http://127.0.0.1:{server.server_port}/"

        yield set_page
        server.shutdown()


def form(action, fields):
    inputs = "".join(f'<input type=hidden name="{name}" value="{escape(value)}">' for name, value in fields.items())
    return f'<form method=post action="{action}" id=f>{inputs}<button>Go</button></form>'


@pytest.mark.parametrize("frame", [False, True], ids=["from-its-page", "from-a-sandboxed-frame"])
def test_a_token_that_another_site_planted_is_in_no_form_that_a_visitor_then_sees(
    new_page, live_server, other_site, frame
):
    token = FormToken.new(1)
    code = return_code.for_form(token.secret)
    for path in PATHS:
        page = new_page()
        html = form(live_server.url + path, PLANTED | {"form_token": str(token), "code": code})
        html = (
            f'<iframe sandbox="allow-forms allow-top-navigation" srcdoc="{escape(html)}"></iframe>' if frame else html
        )
        page.goto(other_site(html))
        with page.expect_navigation(url=f"{live_server.url}{path}"):
            (page.frame_locator("iframe") if frame else page).locator("button").evaluate(
                "button => { button.form.target = '_top'; button.click() }"
            )
        answer = page.content()
        assert "Planted" not in answer and str(token) not in answer and code not in answer, path
        assert "900-555" not in answer and "planted.example" not in answer, path
        assert page.locator("[name=form_token], [name=code]").count() == 0, path


def test_control_our_own_form_without_its_cookie_comes_back_with_every_word(new_page):
    page = new_page()
    page.goto("/contact/")
    token = page.locator("[name=form_token]").input_value()
    page.locator("[name=message]").fill("Typed here")
    page.context.clear_cookies()
    page.locator(".send button").click()
    assert page.locator("[name=message]").input_value() == "Typed here"
    assert page.locator("[name=form_token]").input_value() == token
