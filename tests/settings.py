"""The site's own settings as a laptop has them, told everything here: nothing of this machine's environment counts.

TEST_DATABASE_URL chooses the database; without it, SQLite. The files of a run lie in a folder that goes away with it.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.utils.crypto import get_random_string

var = Path(tempfile.mkdtemp(prefix="magnified-tests-"))
atexit.register(shutil.rmtree, var, ignore_errors=True)

NOT_TAKEN_OVER = (
    "ALARM_PING_URL ALERT_WEBHOOK_URL ALLOWED_HOSTS CACHE_URL DATABASE_URL DEBUG EMAIL_URL MAIL_FROM ON_CALL_EMAIL "
    "PORT PROBE_EMAIL PUBLIC_URL REQUIRE_SIGN_OFF SECOND_CONTACT_EMAIL SECRET_KEY SECRET_KEY_FALLBACKS SMALL_TEAM "
    "RETENTION_DAYS_DESTROYED_MESSAGES RETENTION_DAYS_HANDLED_MESSAGES RETENTION_DAYS_OPENED_JUNK "
    "RETENTION_DAYS_TRASHED_ARTICLES RETENTION_DAYS_UNSENT_TEXTS STAFF_ALERT_EMAIL STAFF_URL STATIC_ROOT "
    "TRUSTED_PROXIES"
)
for name in NOT_TAKEN_OVER.split():
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
os.environ |= {
    "ENV_FILE": str(var / "no-such-file"),
    "VAR_DIR": str(var),
    "SHARED_MEMORY_DIR": str(var / "memory"),
    "DEPLOYMENT": "laptop",
    "SITE_ROLE": "all",
    "SECRET_KEY": get_random_string(60),
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
    "ADMISSIONS_PUBLIC_KEY_FILE": str(var / "keys/admissions-public.pem"),
    "ADMISSIONS_PRIVATE_KEY_FILE": str(var / "keys/admissions-private.pem"),
    "DISCLOSURE_KEY_FILE": str(var / "keys/disclosure.key"),
}

# Whoever calls pytest without bin/setup has translations too, and those of now.
subprocess.run([Path(__file__).resolve().parents[1] / "bin/compile-messages"], check=True)

from magnified.settings import *  # noqa: E402, F403 reason=the only star import; the environment must be set before it

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405 reason=from the star import
    # A file: the browser tests' server has threads, and a database in memory locks whole tables against them.
    DATABASES["default"]["TEST"] = {"NAME": var / "test.sqlite3"}  # noqa: F405 reason=from the star import
    # Its data live some minutes: nothing waits for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"  # noqa: F405 reason=from the star import
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # real ones are slow on purpose

# Static files straight from the source: no collectstatic before a test run. The folder must exist, or whitenoise warns.
STATIC_ROOT = var / "static"
STATIC_ROOT.mkdir()
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405 reason=from the star import
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
NIGHTLY_COMMANDS = []  # a process of its own would not know this database
