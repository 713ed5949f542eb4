"""The documents name only what is there: promises that are listed, tests, modules and pages that exist."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
CITED = re.compile(r"(?<![\w.=])P[1-9]\d?(?!\w|\.\d)")
DOCUMENTS = [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()]


def listed_promises():
    return set(re.findall(r"^\| (P\d+) \|", (ROOT / "docs/promises.md").read_text(), re.MULTILINE))


def cited_promises(files):
    return {number: file for file in files for number in CITED.findall(file.read_text())}


def paths_named_in(document):
    """What stands between backticks and looks like a path of this repository."""
    for name in re.findall(r"`([\w./-]+)`", document.read_text()):
        if not re.search("[A-Z]{4}", name) and re.match(
            r"(content|admissions|magnified|templates|static|tests|docs|bin|deploy|locale)/", name
        ):
            yield name.rstrip("/")


def test_every_promise_that_code_or_tests_cite_is_listed():
    cited = cited_promises(tracked("*.py", "bin/*", "deploy/*", "compose.yaml"))
    assert len(cited) > 20, "control: they are found"
    assert {number: str(file) for number, file in cited.items() if number not in listed_promises()} == {}


def test_control_a_promise_that_is_not_listed_is_found(tmp_path):
    file = tmp_path / "a.py"
    unlisted = f"P{99}"  # not written out, or this file would cite it
    file.write_text(f'"""P1, and {unlisted}. Not KEM.P256, nor P1.5."""')
    assert set(cited_promises([file])) - listed_promises() == {unlisted}


def test_every_promise_names_a_test_that_is_there_or_says_that_it_is_not_kept():
    for line in (ROOT / "docs/promises.md").read_text().splitlines():
        if line.startswith("| P"):
            proofs = re.findall(r"`((?:tests|bin)/[\w./]+)`", line)
            assert proofs or "not kept yet" in line, line
            assert all((ROOT / proof).exists() for proof in proofs), line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_that_a_document_names_is_there(document):
    assert [name for name in paths_named_in(document) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_between_documents_leads_somewhere(document):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
