"""P38. The process that serves visitors as it runs in production: no private key, and a database role of its own."""

import pytest

from tests.admissions.factories import times
from tests.faults.rig import CODE, RECEIVED, Senders, figure, judge

pytestmark = pytest.mark.once


@pytest.fixture
def site(site_on_postgres):
    site = site_on_postgres
    names = {"PUBLIC": "visitors", "STAFF": "desk", "WORKER": "jobs"}
    urls = {f"{process}_DATABASE_URL": f"postgres://{name}:unused@host/site" for process, name in names.items()}
    site.start("roles", "manage.py", "database_roles", **urls)
    assert site.processes.pop("roles").wait(60) == 0, site.said("roles")
    for key in ("ADMISSIONS_PRIVATE_KEY_FILE", "DISCLOSURE_KEY_FILE"):
        del site.environment[key]
    site.serve(SITE_ROLE="public", PGUSER="visitors")
    return site


def test_with_its_own_role_it_takes_messages_and_gives_each_back_to_whoever_wrote_it(site):
    senders = Senders(site, range(times(short=6, full=500)))
    assert senders.run().wrong == []
    verdict = judge(senders)
    figure("P38", "as role public: messages stored and alerted", verdict.confirmed, f"{senders.total}")
    assert verdict.is_clean and verdict.confirmed == senders.total

    visitor = site.visitor()
    typed = {"name": "Robin", "message": "First words", "phone": "714-555-0142", "consent": "on"}
    assert visitor.post("/contact/", typed | visitor.form()).status == 303
    key = {"csrfmiddlewaretoken": visitor.get("/return/").hidden("csrfmiddlewaretoken")}
    assert visitor.post("/return/", key | {"code": CODE.search(visitor.get(RECEIVED).text)[0]}).status == 303
    thread = visitor.get("/return/")
    assert "First words" in thread.text
    line = key | {"form_token": thread.hidden("form_token"), "message": "One more line"}
    assert visitor.post("/return/add/", line).status == 303
    assert "One more line" in visitor.get("/return/").text
    assert visitor.post("/return/destroy/", key).status == 303
    assert "First words" not in visitor.get("/return/").text
    [(left,)] = site.database.ask("SELECT count(*) FROM admissions_message")
    assert left == senders.total


def test_control_the_role_by_itself_is_shown_nobody(site):
    Senders(site, range(2)).run()
    assert len(site.stored()) == 2
    with site.database.connect() as connection:
        connection.execute("SET SESSION AUTHORIZATION visitors")
        assert connection.execute("SELECT * FROM admissions_inquiry").fetchall() == []
        assert connection.execute("SELECT * FROM admissions_message").fetchall() == []
