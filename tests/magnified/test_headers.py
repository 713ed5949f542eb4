import hashlib
import re
from base64 import b64encode

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from magnified.middleware import StaticFilesMiddleware
from magnified.styles import page_script
from tests.content.factories import make_centre, make_published, make_user

pytestmark = pytest.mark.django_db

PATHS = [
    "/",
    "/articles/",
    "/articles/test-article/",
    "/help-now/",
    "/contact/",
    "/nowhere/",
    "/healthz",
    "/admin/login/",
]


OFF = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture", "encrypted-media"),
    *("fullscreen", "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "local-fonts"),
    *("magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock"),
    *("serial", "storage-access", "usb", "xr-spatial-tracking"),
)


# What a page may do beside its style and its script, whoever is in it: nothing is sent elsewhere, nobody frames it.
CLOSED = {name: {"'none'"} for name in ("default-src", "frame-ancestors", "base-uri", "object-src")}
CLOSED |= {"form-action": {"'self'"}, "img-src": {"'self'", "data:"}}
LISTED = {*CLOSED, "style-src", "script-src"}


def policy_of(response):
    directives = [directive.split() for directive in response["Content-Security-Policy"].split(";")]
    return {name: set(allowed) for name, *allowed in directives}


@pytest.fixture(autouse=True)
def site():
    make_centre()
    make_published()


@pytest.mark.parametrize("path", PATHS)
def test_every_response_carries_the_headers(client, path):
    response = client.get(path)
    assert CLOSED.items() <= policy_of(response).items()
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {f"{feature}=()" for feature in OFF} <= set(response["Permissions-Policy"].split(","))


@pytest.mark.parametrize("path", ["/", "/articles/test-article/", "/help-now/", "/contact/", "/search/?q=a"])
def test_a_page_of_visitors_asks_for_nothing_more(client, path):
    assert policy_of(client.get(path)).keys() == LISTED


def test_one_that_somebody_comes_back_to_asks_whether_the_visit_is_over_and_the_desk_has_fonts(client):
    visit, desk = policy_of(client.get("/return/")), policy_of(client.get("/admin/login/"))
    assert (visit.keys(), desk.keys()) == (LISTED | {"connect-src"}, LISTED | {"connect-src", "font-src"})
    assert visit["connect-src"] == desk["connect-src"] == desk["font-src"] == {"'self'"}


def test_in_a_file_that_is_opened_by_itself_nothing_runs(client):
    file = client.get("/favicon.ico")
    file.close()
    assert policy_of(file) == {"default-src": {"'none'"}, "frame-ancestors": {"'none'"}}


def test_an_error_of_ours_carries_them_too(site, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("2125550177")

    monkeypatch.setattr("content.views.notices.render", broken)
    response = Client(raise_request_exception=False).get("/help-now/")
    assert response.status_code == 500
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert b"2125550177" not in response.content


def test_a_forged_host_is_refused_with_the_headers(client):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/articles/test-article/", "/contact/", "/nowhere/"])
def test_the_one_style_element_is_what_the_policy_allows(client, path):
    response = client.get(path)
    styles = re.findall(r"<style>(.*?)</style>", response.content.decode(), re.DOTALL)
    assert len(styles) == 1
    digest = b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    policy = re.search("style-src ([^;]*)", response["Content-Security-Policy"])[1]
    assert f"'sha256-{digest}'" in policy.split()


def test_no_page_has_a_style_attribute_or_another_script_than_the_one_that_its_policy_names(client):
    inline = re.compile(r"<script(?![^>]*(?:src=|application/ld.json))[^>]*>(.*?)</script>", re.DOTALL)
    for path in PATHS:
        response = client.get(path)
        assert not re.search(r"\sstyle=|\son[a-z]+=", response.text), path
        scripts = inline.findall(response.text)
        hashes = [f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
        allowed = re.search("script-src ([^;]*)", response["Content-Security-Policy"])[1]
        assert {*hashes} <= {*allowed.split()} <= {"'self'", page_script().csp_hash}, path
        assert len(scripts) == (path not in {"/nowhere/", "/healthz", "/admin/login/"}), path


def test_passkeys_are_allowed_on_the_staff_site_alone(client):
    assert "publickey-credentials-get=()" in client.get("/")["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in client.get("/admin/login/")["Permissions-Policy"]


def test_a_file_is_refused_or_told_unchanged_without_a_fault(client):
    found = client.get("/favicon.ico")
    found.close()
    assert (found.status_code, found["Content-Type"]) == (200, "image/x-icon")
    assert client.post("/favicon.ico").status_code == 405
    unchanged = client.get("/favicon.ico", headers={"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert unchanged.status_code == 304


def test_hsts_is_sent_on_https_alone(client, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert "Strict-Transport-Security" not in Client().get("/healthz")
    assert Client().get("/healthz", secure=True)["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_pages_show_phone_and_ladder_without_the_database(
    status,
    settings,
    tmp_path,
    django_assert_num_queries,
    rf,
    django_capture_on_commit_callbacks,
):
    from content.delivery import organisation
    from magnified import views

    settings.VAR_DIR = tmp_path
    organisation.write_fallback_snapshot()
    page = {
        400: views.bad_request,
        403: views.permission_denied,
        404: views.page_not_found,
        500: views.server_error,
    }
    request = rf.get("/")
    with django_assert_num_queries(0):
        response = page[status](request) if status == 500 else page[status](request, Exception("7145551234"))
    text = response.content.decode()
    assert response.status_code == status
    assert "tel:+17145550142" in text and "tel:911" in text and "tel:988" in text
    assert "7145551234" not in text


def test_staff_pages_are_never_stored(client):
    client.force_login(make_user("writer"))
    assert "no-store" in client.get(reverse("admin:index"))["Cache-Control"]


def test_visitors_are_served_no_file_of_the_desk_and_nobody_the_list_of_files(client, settings, tmp_path):
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS, settings.WHITENOISE_AUTOREFRESH = tmp_path, False, False
    theirs, desk = ["css/a.css", "img/a.svg", "js/page.0a1b.js"], ["admin/js/core.js", "django_prose_editor/editor.js"]
    for name in (*theirs, *desk, "staticfiles.json", "staticfiles.json.gz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    def served(role):
        settings.SITE_ROLE, settings.HAS_ADMIN = role, role != "public"
        files = StaticFilesMiddleware(lambda request: HttpResponse(status=404))
        names = [
            *theirs,
            *desk,
            "staticfiles.json",
            "staticfiles.json.gz",
            "admin//js/core.js",
            "js/../admin/js/core.js",
        ]
        return [name for name in names if files(RequestFactory().head(f"/static/{name}")).status_code == 200]

    assert served("public") == theirs
    assert served("staff") == theirs + desk, "control: they are there"
