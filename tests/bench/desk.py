"""The queue and its pulse in a table full of junk: medians of answers, their queries and the slowest statement.

1,000 inquiries wait; the rest is junk, and a tenth of it finished. Runs in this process with the tests' settings, on
PostgreSQL: `python bin/with-postgres python -m tests.bench.desk`.
"""

import os
import statistics
import sys
import time

import django

FEW, MANY, TIMES, WAITING = 10_000, 1_000_000, 15, 1_000
LIST = "/admin/admissions/inquiry/"
PAGES = {
    "queue": LIST,
    **{f"queue: {tab}": f"{LIST}?status={tab}" for tab in ("now", "unread", "later", "junk", "finished", "broken")},
    "queue: last page": f"{LIST}?status=junk&p=40",
    "pulse": f"{LIST}pulse/",
    "start page": "/admin/",
}
# Waiting ones are due, later, or wait for their visitors, by turns; some have hours; a third has been read.
CROWD = """
INSERT INTO admissions_inquiry (id, kind, status, created, next_at, promised_by, promise_broken_on, handled_on,
    good_from, good_until, outside_calendar, do_not_contact, closed_as, by_phone, tries, is_number_wrong, hold, version,
    kid, form_version, token_hash, body_hmac)
SELECT gen_random_uuid(), CASE WHEN n %% 2 = 0 THEN 'call' ELSE 'contact' END, status,
    date_trunc('hour', now() - n %% 200 * interval '1 hour'),
    CASE WHEN waits THEN now() + (n %% 100 - 40) * interval '1 hour' END,
    CASE WHEN waits AND n %% 3 = 0 THEN now() + (n %% 100 - 39) * interval '1 hour' END,
    CASE WHEN n %% 500 = 0 THEN current_date END,
    CASE WHEN NOT waits THEN current_date - n %% 90 END,
    CASE WHEN n %% 4 = 0 THEN n %% 1440 END, CASE WHEN n %% 4 = 0 THEN (n + 600) %% 1440 END,
    FALSE, FALSE, '', TRUE, n %% 3, FALSE, FALSE, 1, '\\x00', 1, sha256(n::text::bytea), sha256('')
FROM (
    SELECT n, n <= %(waiting)s AS waits, CASE
        WHEN n <= %(waiting)s THEN (ARRAY['new', 'open', 'waiting'])[n %% 3 + 1]
        WHEN n %% 10 = 0 THEN 'handled' ELSE 'junk' END AS status
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
) AS rows
"""
ALERTS = """
INSERT INTO admissions_alert (id, inquiry_id, "to", created, due_at, tries, refusals, last_error)
SELECT gen_random_uuid(), id, CASE status WHEN 'junk' THEN 'tray' ELSE 'team' END, now(), now(), 0, 0, ''
FROM admissions_inquiry
WHERE (status = 'junk' OR next_at IS NOT NULL AND version %% 3 = 1)
    AND NOT EXISTS (SELECT FROM admissions_alert WHERE inquiry_id = admissions_inquiry.id)
"""


def main(many: int = MANY) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("sync_roles")
    crowd(1, FEW)
    few = measured()
    crowd(FEW + 1, many)
    of_many = measured()
    print(f"{'postgresql':<20}{FEW:>10,} ms{many:>10,} ms{'ratio':>8}{'queries':>9}{'slowest':>9}")
    for name in PAGES:
        (time_of_few, *_), (median, queries, slowest) = few[name], of_many[name]
        print(f"{name:<20}{time_of_few:>13.1f}{median:>13.1f}{median / time_of_few:>8.2f}{queries:>9}{slowest:>9.1f}")


def crowd(first: int, last: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(CROWD, {"first": first, "last": last, "waiting": WAITING})
        cursor.execute(ALERTS, {})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")


def measured() -> dict[str, tuple[float, int, float]]:
    """For each page: its median in ms, how many statements, and the median of the slowest of these."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.db import connection
    from django.test import Client

    counselor, _ = get_user_model().objects.get_or_create(username="bench-counselor", is_staff=True)
    counselor.groups.add(Group.objects.get(name="admissions"))
    client = Client()
    client.force_login(counselor)
    results = {}
    for name, path in PAGES.items():
        times: list[float] = []
        statements: list[float] = []
        slowest: list[float] = []

        def clocked(execute, sql, params, many, context, statements=statements):
            begin = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                statements.append((time.perf_counter() - begin) * 1000)

        for _ in range(TIMES + 1):
            statements.clear()
            begin = time.perf_counter()
            with connection.execute_wrapper(clocked):
                answer = client.get(path, headers={"host": "localhost"})
            times.append((time.perf_counter() - begin) * 1000)
            slowest.append(max(statements))
            assert answer.status_code == 200, (path, answer.status_code)
        results[name] = statistics.median(times[1:]), len(statements), statistics.median(slowest[1:])
    return results


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
