"""All settings. They come from the environment (`.env.example` explains each); unset means the safe choice.

Environments differ by variables, never by modules. What would make the site unsafe stops the start, here, before
anything is served: `refuse_if` names the cause and the cure.
"""

import os
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django_prose_editor.config import html_tags
from js_asset import static_lazy

from magnified.environment import (
    choice,
    days,
    env,
    flag,
    is_mail_on_this_machine,
    is_network,
    is_private,
    path,
    refuse_if,
    shared_memory_of,
    text,
    words,
)
from magnified.styles import KINDS, page_script, page_style

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = path("ENV_FILE") or BASE_DIR / ".env"
if ENV_FILE.is_file():
    env.read_env(ENV_FILE)
VAR_DIR = path("VAR_DIR") or BASE_DIR / "var"

DEPLOYMENT = choice("DEPLOYMENT", ("production", "laptop"), default="production")
SITE_ROLE = choice("SITE_ROLE", ("public", "staff", "worker", "all"), default="public")
PRODUCTION = DEPLOYMENT == "production"
HAS_ADMIN = SITE_ROLE in {"staff", "all"}

DEBUG = flag("DEBUG")
SECRET_KEY = text("SECRET_KEY")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = words("ALLOWED_HOSTS") or ([] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
PUBLIC_URL = text("PUBLIC_URL", "" if PRODUCTION else f"http://127.0.0.1:{text('PORT', '8000')}").rstrip("/")
STAFF_URL = text("STAFF_URL", "" if PRODUCTION else PUBLIC_URL).rstrip("/")

# Addresses whose X-Forwarded-Proto counts. gunicorn decides (gunicorn.conf.py) and tells Django by wsgi.url_scheme, so
# SECURE_PROXY_SSL_HEADER stays unset: it would believe the header from anybody.
TRUSTED_PROXIES = words("TRUSTED_PROXIES")
refuse_if(
    not all(map(is_network, TRUSTED_PROXIES)),
    "TRUSTED_PROXIES names something else than addresses.",
    "List addresses or networks, like 172.30.0.2.",
)

ADMISSIONS_PUBLIC_KEY_FILE = path("ADMISSIONS_PUBLIC_KEY_FILE")
ADMISSIONS_PRIVATE_KEY_FILE = path("ADMISSIONS_PRIVATE_KEY_FILE")
DISCLOSURE_KEY_FILE = path("DISCLOSURE_KEY_FILE")

DATABASE_URL = text("DATABASE_URL")
CACHE_URL = text("CACHE_URL")
EMAIL_URL = text("EMAIL_URL", "" if PRODUCTION else f"filemail:///{VAR_DIR / 'mail'}")
STAFF_ALERT_EMAIL = text("STAFF_ALERT_EMAIL", "" if PRODUCTION else "admissions@example.com")
MAIL_FROM = text("MAIL_FROM", "" if PRODUCTION else "website@example.com")
SECOND_CONTACT_EMAIL = text("SECOND_CONTACT_EMAIL") or STAFF_ALERT_EMAIL
ON_CALL_EMAIL = text("ON_CALL_EMAIL") or SECOND_CONTACT_EMAIL
ALERT_WEBHOOK_URL = text("ALERT_WEBHOOK_URL")
ALARM_PING_URL = text("ALARM_PING_URL")
PROBE_EMAIL = text("PROBE_EMAIL") or MAIL_FROM

ENCRYPTED_MAIL = ("smtp+tls://", "smtp+ssl://", "smtps://", "submission://")

refuse_if(
    len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"),
    "SECRET_KEY is missing or weak.",
    "Set SECRET_KEY (or SECRET_KEY_FILE) to at least 50 random characters; `make run` makes one for a laptop.",
)
refuse_if(
    ADMISSIONS_PRIVATE_KEY_FILE and not HAS_ADMIN,
    f"ADMISSIONS_PRIVATE_KEY_FILE is set for SITE_ROLE={SITE_ROLE}, which must never be able to open a message.",
    "Unset it here; only the staff process may know it.",
)
refuse_if(
    ALERT_WEBHOOK_URL and not ALERT_WEBHOOK_URL.startswith("https://"),
    "ALERT_WEBHOOK_URL is not an https address, so others could read when somebody writes to us.",
    "Set it to an https address, or unset it.",
)
if PRODUCTION:
    refuse_if(DEBUG, "DEBUG is on in production.", "Unset DEBUG.")
    refuse_if(
        SITE_ROLE == "all",
        "SITE_ROLE=all keeps the private key in the process that serves the public.",
        "Run three processes instead: SITE_ROLE=public, staff and worker.",
    )
    refuse_if(
        not ALLOWED_HOSTS or any(host.startswith("*") for host in ALLOWED_HOSTS),
        "ALLOWED_HOSTS is empty or open to every host.",
        "List the exact host names, separated by commas.",
    )
    refuse_if(
        not DATABASE_URL.startswith(("postgres://", "postgresql://")),
        "Production needs PostgreSQL.",
        "Set DATABASE_URL (or DATABASE_URL_FILE) to postgres://…",
    )
    refuse_if(
        not PUBLIC_URL.startswith("https://") or not STAFF_URL.startswith("https://"),
        "PUBLIC_URL and STAFF_URL must be https addresses.",
        "Set both, like https://www.example.org.",
    )
    # What one process alone may know, and why no other.
    tells = ("worker", "tells nobody anything: whoever has it can send in our name, or keep the alarm quiet")
    for name, value, (role, why) in (
        ("EMAIL_URL", EMAIL_URL, tells),
        ("ALERT_WEBHOOK_URL", ALERT_WEBHOOK_URL, tells),
        ("ALARM_PING_URL", ALARM_PING_URL, tells),
        ("CACHE_URL", CACHE_URL, ("public", "would read what the public process can write")),
    ):
        refuse_if(
            value and role != SITE_ROLE,
            f"{name} is set for SITE_ROLE={SITE_ROLE}, which {why}.",
            f"Unset it here: it is for SITE_ROLE={role}.",
        )
    # What a process cannot do without.
    for name, file, roles in (
        ("ADMISSIONS_PUBLIC_KEY_FILE", ADMISSIONS_PUBLIC_KEY_FILE, {"public", "staff"}),
        ("ADMISSIONS_PRIVATE_KEY_FILE", ADMISSIONS_PRIVATE_KEY_FILE, {"staff"}),
        ("DISCLOSURE_KEY_FILE", DISCLOSURE_KEY_FILE, {"staff"}),
    ):
        refuse_if(
            SITE_ROLE in roles and not (file and file.is_file()),
            f"{name} is missing or is no file.",
            f"Set {name} to the key made by `manage.py make_keys`.",
        )
    refuse_if(
        SITE_ROLE == "public" and not CACHE_URL,
        "CACHE_URL is missing: anybody could fill the shared memory that counts and visits would be kept in.",
        "Set CACHE_URL to a Redis that the public process alone can reach, like redis://cache:6379.",
    )
    if SITE_ROLE == "worker":
        refuse_if(
            not EMAIL_URL.startswith(ENCRYPTED_MAIL) and not is_mail_on_this_machine(EMAIL_URL),
            "EMAIL_URL does not name a mail server that is spoken to in encryption.",
            "Set EMAIL_URL to smtp+tls://user:password@host:587; smtp:// is for a server on this machine alone.",
        )
        refuse_if(
            not STAFF_ALERT_EMAIL or not MAIL_FROM,
            "STAFF_ALERT_EMAIL or MAIL_FROM is missing.",
            "Set both to e-mail addresses of the center.",
        )
        refuse_if(
            ALARM_PING_URL and not ALARM_PING_URL.startswith("https://"),
            "ALARM_PING_URL is not an https address.",
            "Set it to the https address of the alarm that notices silence, or unset it.",
        )

INSTALLED_APPS = [
    "magnified",
    "content",
    "admissions",
    "magnified.staff_site.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "crispy_forms",
    "phonenumber_field",
    "content_editor",
    "django_prose_editor",
    "js_asset",
]
MIDDLEWARE = [
    "magnified.middleware.SecurityHeadersMiddleware",
    "magnified.middleware.language_of_the_path",
    "magnified.middleware.PlainTextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "magnified.middleware.StaticFilesMiddleware",
    "magnified.middleware.StaffOnlyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "admissions.middleware.PlaceMiddleware",
    "admissions.middleware.EndVisitorSessionMiddleware",
    "magnified.middleware.DeskInputMiddleware",
]
ROOT_URLCONF = "magnified.urls"
WSGI_APPLICATION = "magnified.wsgi.application"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie that other hosts could set
CSRF_FAILURE_VIEW = "magnified.views.csrf_failure"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_TEMPLATE_PACK = "forms"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("forms",)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "content.delivery.organisation.template_context",
                "content.delivery.quiet_mode.quiet",
                "content.languages.language",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "content.templatetags.languages",
                "content.templatetags.retention",
                "magnified.templatetags.staff_forms",
            ],
        },
    },
]

DATABASES = {"default": env.db_url_config(DATABASE_URL or f"sqlite:///{VAR_DIR / 'database.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer waits its turn at BEGIN instead of failing half-way
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # One statement that hangs must not hold a thread, or the worker, for good. The release sets 0: no limit.
    seconds = text("STATEMENT_TIMEOUT", "30" if SITE_ROLE == "public" else "120")
    refuse_if(
        not seconds.isdecimal(),
        "STATEMENT_TIMEOUT is no number of seconds.",
        "Set it to a whole number; 0 is no limit.",
    )
    # Parameters travel apart from the SQL, so that the server's log never holds a row (promise P19).
    DATABASES["default"]["OPTIONS"] = {
        "server_side_binding": True,
        "connect_timeout": 2,
        "options": f"-c statement_timeout={seconds}s",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Without Redis, what may never lie on a disk is kept in shared memory, in a folder that nobody else may enter.
SHARED_MEMORY_DIR = path("SHARED_MEMORY_DIR") or shared_memory_of(VAR_DIR)


def cache_of(name: str, *, seconds: int) -> dict[str, object]:
    if CACHE_URL:
        return {
            "BACKEND": "magnified.cache.RedisCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": name,
            "TIMEOUT": seconds,
            "OPTIONS": {
                "serializer": "magnified.cache.JSONSerializer",
                "socket_timeout": 0.3,  # pages are not to wait for it
                "socket_connect_timeout": 0.3,
            },
        }
    return {
        "BACKEND": "magnified.cache.SharedMemoryCache",
        "LOCATION": SHARED_MEMORY_DIR / SITE_ROLE / name,
        "TIMEOUT": seconds,
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # of 4 KB each; a container has 64 MB of shared memory
    }


CACHES = {
    "default": cache_of("default", seconds=300),
    "counters": cache_of("counters", seconds=3600),
    "visits": cache_of("visits", seconds=15 * 60),
}
refuse_if(
    not CACHE_URL and not is_private(SHARED_MEMORY_DIR),
    "SHARED_MEMORY_DIR belongs to somebody else or is open to others.",
    "Remove that folder, or name another one that only this site's user can enter.",
)

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "media", "base_url": "/media/", "file_permissions_mode": 0o640},
    },
    "originals": {  # what pictures are drawn from; no address leads there
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "originals", "file_permissions_mode": 0o640},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = Path(text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# What browsers ask for by fixed names, and only when they want it: favicon.ico, apple-touch-icon.png.
WHITENOISE_ROOT = BASE_DIR / "static" / "root"
WHITENOISE_ALLOW_ALL_ORIGINS = False

vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
EMAIL_TIMEOUT = 10  # seconds for each step of talking to the mail server
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
ADMINS: list[tuple[str, str]] = []  # Django's error mails hold the whole POST body: never switched on (promise P20)

# Limits of what anybody may send. The longest honest form is about 12 kB.
# An article of 60 blocks, which only the staff process takes, is a form of about 500 fields.
# Longer texts than a form takes come back in it with a sentence, up to here: one Chinese letter is nine bytes as sent.
DATA_UPLOAD_MAX_MEMORY_SIZE = (2048 if HAS_ADMIN else 120) * 1024  # the proxy takes 128 KB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000 if HAS_ADMIN else 100
DATA_UPLOAD_MAX_NUMBER_FILES = 20

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

COOKIES_SECURE = PRODUCTION
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
# What `admissions` sets beside the CSRF cookie, and `content` takes back when somebody leaves.
VISITOR_COOKIES = {name: f"{COOKIE_PREFIX}{name}" for name in ("received", "return", "entry")}
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COOKIES_SECURE
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would ask for the password again at every link in an alert mail
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # gone with the browser's session: a form leaves no cookie behind on a shared device
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the machine itself, over plain http
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" makes browsers send "Origin: null" on our own forms
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [page_style(kind).csp_hash for kind in KINDS],
        "script-src": [SELF, page_script().csp_hash],
        "img-src": [SELF, "data:"],  # the icon in the head of each page; the admin's style sheets draw theirs so too
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],  # default-src has it too; whoever grades a site looks for it by name
        "frame-ancestors": [NONE],
    }
}
# The admin's own policy. Its editors create <style> and modules at run time, which carry the nonce of the response.
STAFF_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": CONTENT_SECURITY_POLICY["DIRECTIVES"]
    | {"style-src": [SELF, NONCE], "script-src": [SELF, NONCE], "font-src": [SELF]}
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Spanish")]
LOCALE_PATHS = [BASE_DIR / "locale"]
for source in BASE_DIR.glob("locale/*/LC_MESSAGES/*.po"):
    refuse_if(  # readers of Spanish would be given English
        not source.with_suffix(".mo").exists(),
        f"{source.relative_to(BASE_DIR)} is not compiled.",
        "Run bin/compile-messages.",
    )
TIME_ZONE = "America/Los_Angeles"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "US"

# What our rich text can do beside the usual; none of it brings a tag (content/text/rich_text.py has the list).
DJANGO_PROSE_EDITOR_EXTENSIONS = [
    {
        "js": [static_lazy("admin/staff/editor.js")],
        "extensions": {"Cite": html_tags([]), "ArticleLink": html_tags([]), "Tidy": html_tags([])},
    }
]

# What the worker starts once a day, each in a process of its own. `check_links` asks other sites, so it is not here.
NIGHTLY_COMMANDS = ["check_content", "clearsessions"]

# How many days what is destroyed by itself is kept: what destroys it, pages and notices read it here alone. What has no
# entry is kept until somebody takes it away.
RETENTION_DAYS = {
    name: days(f"RETENTION_DAYS_{name.upper()}", default)
    for name, default in {
        "handled_messages": 90,  # from the day on which they were handled
        "opened_junk": 7,  # once somebody has opened it, or put it there
        "destroyed_messages": 7,  # the clear columns of what a visitor destroyed
        "unsent_texts": 7,  # what staff typed and did not send
        "trashed_articles": 30,
    }.items()
}

REQUIRE_SIGN_OFF = flag("REQUIRE_SIGN_OFF")  # publication without a clinical sign-off is refused when on
SMALL_TEAM = flag("SMALL_TEAM")  # who wrote a text may sign or publish it when on; each such row says so

os.makedirs(VAR_DIR, mode=0o700, exist_ok=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "magnified.logs.SafeFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
