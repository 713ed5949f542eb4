"""A worker that has answered its share gives way to a new one, and nobody who writes or reads notices."""

import http.client
import threading
import time

import pytest

from tests.admissions.factories import times
from tests.faults.rig import Senders, figure, judge, shipped_proxy

pytestmark = pytest.mark.once


class Readers:
    """Read beside those who write, and note whatever is no page."""

    def __init__(self, site):
        self.site, self.bad, self.read, self.workers = site, [], 0, set()

    def while_they_send(self, senders):
        threads = [threading.Thread(target=self.work, args=(senders,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def work(self, senders):
        while not senders.is_over:
            self.workers |= set(self.site.workers())
            try:
                status = self.site.visitor().get("/articles/").status
            except (OSError, http.client.HTTPException) as error:
                status = repr(error)
            self.read += 1
            if status != 200:
                self.bad.append(status)
            time.sleep(0.05)


def test_nothing_is_lost_and_nobody_sees_an_error_when_workers_give_way(site):
    site.start("gunicorn", "-m", "gunicorn", "--max-requests", "8", "--max-requests-jitter", "4")
    site.wait_until_it_answers()
    with shipped_proxy(site):
        senders, readers = Senders(site, range(times(short=30, full=1000))), Readers(site)
        ledger = senders.run(readers.while_they_send)
    verdict = judge(senders)
    figure(
        "P1", f"messages stored while {len(readers.workers)} workers came and went", verdict.confirmed, senders.total
    )
    assert len(readers.workers) > 4, "control: workers gave way"
    assert readers.bad == [] and ledger.wrong == []
    assert ledger.answers == {"thank you": senders.total}
    assert verdict.is_clean


def test_a_worker_gives_way_and_leaves_no_core_file(site):
    site.serve()
    for worker in site.everybody():
        with open(f"/proc/{worker}/limits") as limits:
            (core,) = [line for line in limits if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]
