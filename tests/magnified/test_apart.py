"""What one process has or writes is of no use against another: secrets, sessions, cookies, stores (promise P77)."""

import pytest
import yaml
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.messages.storage.cookie import CookieStorage
from django.core import signing
from django.test import Client, RequestFactory
from django.utils.crypto import get_random_string

from admissions import rate_limits
from admissions.crypto import form_token
from content.services import sharing

PROCESSES = ("public", "staff", "worker")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text())


@pytest.fixture
def other_key(settings):
    """`other_key()`: from here on this is a process with another SECRET_KEY."""

    def switch():
        settings.SECRET_KEY = get_random_string(60)

    return switch


# As compose.yaml ships


def secret_behind(compose, process, setting):
    """The secret that a process reads as this setting; None when it is not told of one."""
    service = compose["services"][process]
    file = service["environment"].get(f"{setting}_FILE")
    assert file is None or file.removeprefix("/run/secrets/") in service["secrets"], "it could not read it"
    return file and file.removeprefix("/run/secrets/")


@pytest.mark.once
def test_each_process_is_given_the_secrets_it_reads_and_no_others(compose):
    for name in (*PROCESSES, "release"):
        service = compose["services"][name]
        read = {value.removeprefix("/run/secrets/") for key, value in service["environment"].items() if "_FILE" in key}
        assert set(service["secrets"]) == read, name
    assert not {"database_url", "database_password"} & {
        secret for name in PROCESSES for secret in compose["services"][name]["secrets"]
    }, "the owner signs in at a release alone"


@pytest.mark.once
def test_no_two_processes_share_a_database_role_and_staff_signs_with_a_key_of_its_own(compose):
    databases = {name: secret_behind(compose, name, "DATABASE_URL") for name in (*PROCESSES, "release")}
    assert len(set(databases.values())) == 4 and None not in databases.values()
    keys = {name: secret_behind(compose, name, "SECRET_KEY") for name in (*PROCESSES, "release")}
    assert keys["staff"] not in {keys["public"], keys["worker"], keys["release"], None}
    assert keys["public"] == keys["worker"], "the worker reads the form that it tests"
    files = [secret["file"] for secret in compose["secrets"].values()]
    assert len(files) == len(set(files)), "two names of one file would be one secret"


@pytest.mark.once
def test_the_release_makes_the_roles_that_the_processes_sign_in_as(compose):
    for name in PROCESSES:
        made = secret_behind(compose, "release", f"{name.upper()}_DATABASE_URL")
        assert made == secret_behind(compose, name, "DATABASE_URL")
    assert "manage.py database_roles" in compose["services"]["release"]["command"]


@pytest.mark.once
def test_only_the_worker_is_told_how_the_alarm_outside_is_kept_quiet(compose):
    """Nor is the proxy, which reads the same file of settings as everybody."""
    for name, service in compose["services"].items():
        files = service.get("env_file", [])
        assert ("worker.env" in str(files)) == (name == "worker"), name
    assert "EMAIL_URL_FILE" not in compose["services"]["public"]["environment"]
    assert "EMAIL_URL_FILE" not in compose["services"]["staff"]["environment"]


@pytest.mark.once
def test_in_compose_the_public_process_alone_reaches_its_store(compose):
    """Nothing that the public process can write is read by another: no Redis, no folder."""
    services = compose["services"]
    near = {
        name
        for name, service in services.items()
        if set(service.get("networks", [])) & set(services["cache"]["networks"]) and name != "cache"
    }
    assert near == {"public"}
    told = {name for name, service in services.items() if "CACHE_URL" in (service.get("environment") or {})}
    assert told == {"public"}
    writable = {volume.split(":")[0] for volume in services["public"]["volumes"] if not volume.endswith(":ro")}
    others = {
        volume.split(":")[0]
        for name, service in services.items()
        for volume in service.get("volumes", [])
        if name != "public"
    }
    assert writable and not writable & others


# What is signed


@pytest.mark.django_db
def test_a_session_that_another_process_wrote_signs_nobody_in(other_key):
    get_user_model().objects.create_superuser("ann", password="x")
    browser = Client()
    browser.force_login(get_user_model().objects.get())
    assert browser.get("/admin/").status_code == 200, "control"
    other_key()
    assert browser.get("/admin/").status_code == 302


@pytest.mark.once
@pytest.mark.parametrize("signer", [form_token._signer, rate_limits._signer, sharing._signer], ids=lambda of: of.salt)
def test_nothing_that_another_process_signed_is_believed(signer):
    """Forms, tries of a page, links to drafts."""
    others = type(signer)(key=get_random_string(60), salt=signer.salt)
    value = "anything"
    assert signer.unsign(signer.sign(value)) == value, "control"
    with pytest.raises(signing.BadSignature):
        signer.unsign(others.sign(value))


@pytest.mark.once
def test_a_form_that_another_process_signed_is_no_form():
    token = form_token.FormToken.new(1)
    value = form_token._signer.unsign(str(token))
    forged = signing.Signer(key=get_random_string(60), salt=form_token._signer.salt).sign(value)
    assert form_token.FormToken.read(form_token._signer.sign(value)).secret == token.secret, "control"
    assert form_token.FormToken.read(forged) is None


@pytest.mark.django_db
def test_a_cookie_of_messages_puts_no_markup_on_a_page_of_staff():
    """Any host below the same domain could set it, and whoever knows the key could sign it."""
    from django.contrib.messages.storage.base import Message
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.utils.safestring import mark_safe

    planted = CookieStorage(RequestFactory().get("/"))._encode([Message(20, mark_safe("<b>planted</b>"))])
    reads = RequestFactory().get("/", headers={"cookie": f"messages={planted}"})
    reads.session = {}
    assert "<b>planted</b>" in str([str(message) for message in FallbackStorage(reads)]), "control: Django's default"
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("ann"))
    browser.cookies["messages"] = planted
    assert b"planted" not in browser.get("/admin/").content


# What staff's process serves


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/contact/", "/es/return/", "/request-a-call/", "/search/?q=x"])
def test_the_staff_process_serves_no_page_of_visitors_and_takes_no_form(client, settings, path):
    assert client.get("/search/").status_code == 200, "control: a laptop serves all"
    settings.SITE_ROLE, settings.PUBLIC_URL = "staff", "https://www.example.org"
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"https://www.example.org{path}")
    assert client.post(path, {"message": "x"}).status_code == 404


@pytest.mark.django_db
def test_the_staff_process_serves_the_desk_and_its_health(client, settings):
    settings.SITE_ROLE = "staff"
    assert client.get("/admin/login/").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/shared/x").status_code in {200, 404}
    assert client.get("/media/" + "0" * 32 + ".webp").status_code == 404
