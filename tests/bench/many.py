"""Lists and searches with 10,000 articles against the same with 100, as a table: medians of uncached answers.

Runs in this process with the tests' settings, on the database that TEST_DATABASE_URL names or on SQLite.
"""

import os
import statistics
import sys
import time
from io import StringIO

import django

FEW, MANY, TIMES = 100, 10_000, 15
PAGES = {
    "list": "/articles/",
    "A to Z": "/articles/a-z/",
    "front page": "/",
    "subject": "/topics/medicines/",
    "reviewer": "/reviewers/brendan-bickley/",
    "search: sponsor": "/search/?q=sponsor",
    "search: drinking": "/search/?q=drinking",
    "search: two words": "/search/?q=medicines+alcohol",
    "search: misspelt": "/search/?q=buprenorfine",
    "search: nothing": "/search/?q=qwertyuiop",
    "desk: articles": "/admin/content/article/",
}


def main(many: int = MANY) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench.crowd import crowd

    call_command("migrate", verbosity=0)
    call_command("sync_roles")
    call_command("load_starter", stdout=StringIO())
    crowd(FEW)
    few = measured()
    crowd(many, say=lambda line: print(line, file=sys.stderr, flush=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    of_many = measured()
    print(f"{connection.vendor:<20}{FEW:>10,} ms{many:>10,} ms{'ratio':>8}")
    for name in PAGES:
        print(f"{name:<20}{few[name]:>13.1f}{of_many[name]:>13.1f}{of_many[name] / few[name]:>8.2f}")


def measured() -> dict[str, float]:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.test import Client

    editor, _ = get_user_model().objects.get_or_create(username="bench-editor", is_staff=True)
    editor.groups.add(Group.objects.get(name="publisher"))
    visitor, desk = Client(), Client()
    desk.force_login(editor)
    medians = {}
    for name, path in PAGES.items():
        client, times = desk if path.startswith("/admin/") else visitor, []
        for _ in range(TIMES + 1):
            begin = time.perf_counter()
            answer = client.get(path, headers={"host": "localhost"})
            times.append((time.perf_counter() - begin) * 1000)
            assert answer.status_code == 200, (path, answer.status_code)
        medians[name] = statistics.median(times[1:])
    return medians


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
