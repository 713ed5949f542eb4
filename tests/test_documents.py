"""The documents name only what is there, and where it is; tests stand where what they test says."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
CITED = re.compile(r"(?<![\w.=])P[1-9]\d?(?!\w|\.\d)")
OF_MODULES = (  # rooms whose modules others call by name
    *("content/services", "content/delivery", "content/rendering", "content/text"),
    *("admissions/services", "admissions/scheduling", "admissions/crypto"),
)
# Tests of a rule that holds in many modules have its name.
RULES_OF_MANY = {
    "content": {"audiences", "columns", "our_number"},
    "admissions/services": {"claims", "states"},
    "content/admin": {"holes"},
    "magnified": {
        *("apart", "files", "headers", "languages", "migrations", "no_word_is_lost", "odd_input", "other_sites"),
        *("permissions", "pictures", "retention", "sessions"),
    },
}
NAMED_IN = re.compile(r"((?:`[^`]+`(?:, and | and |, )?)+) in `([\w./-]+\.(?:py|css|html))`")
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


def names_in_files(document):
    """(`name`, `path`) wherever a document says that one is in the other."""
    for names, path in NAMED_IN.findall(" ".join(document.read_text().split())):
        for name in re.findall(r"`([^`/]+)`", names):
            yield re.sub(r"\(.*", "", name).rpartition(".")[2], path


def is_in(name, path):
    return any(name in file.read_text() for file in tracked(path, f"*/{path}"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_name_that_a_document_says_is_in_a_file_is_there(document):
    assert [(name, path) for name, path in names_in_files(document) if not is_in(name, path)] == []


def test_control_a_name_that_has_moved_is_found(tmp_path):
    document = tmp_path / "a.md"
    document.write_text("`publishing.publish(...)` and `nowhere` in\n`content/services/publishing.py`")
    assert [name for name, path in names_in_files(document) if not is_in(name, path)] == ["nowhere"]


def rooms_and_modules():
    """Every room of the two apps, and every module of those rooms whose modules others call."""
    for app in ("content", "admissions"):
        rooms = [*(ROOT / app).glob("*.py"), *(init.parent for init in (ROOT / app).glob("*/__init__.py"))]
        yield from (room.stem for room in rooms if room.name not in {"__init__.py", "migrations"})
    for room in OF_MODULES:
        yield from (module.stem for module in (ROOT / room).glob("[!_]*.py"))


def test_the_map_names_every_room_and_every_module_that_others_call():
    named = set(re.findall(r"`(\w+)`", (ROOT / "docs/map.md").read_text()))
    assert len(set(rooms_and_modules())) > 50, "control: they are found"
    assert set(rooms_and_modules()) - named == set()


def test_every_migration_that_a_document_names_is_there():
    for document in DOCUMENTS:
        for app, numbers in re.findall(r"`(content|admissions)` (\d{4}(?:, \d{4})*)", document.read_text()):
            assert all([*(ROOT / app / "migrations").glob(f"{number}_*")] for number in numbers.split(", ")), document


def test_the_title_of_a_decision_has_the_number_of_its_file():
    for decision in (ROOT / "docs/adr").glob("*.md"):
        assert decision.read_text().startswith(f"# {int(decision.name[:4])}. "), decision


def is_mirrored(test):
    """Whether there is a module, a package or a table of the same name in the same place."""
    source = ROOT / test.relative_to(ROOT / "tests").parent / test.stem.removeprefix("test_")
    return source.is_dir() or any(source.with_suffix(suffix).exists() for suffix in (".py", ".toml"))


@pytest.mark.parametrize("app", ["content", "admissions", "magnified"])
def test_each_test_has_the_name_and_place_of_what_it_tests(app):
    tests = tracked(f"tests/{app}/*test_*.py")
    assert len(tests) > 10, "control: they are found"
    assert not is_mirrored(ROOT / f"tests/{app}/test_nothing.py"), "control"
    rules = {f"tests/{folder}/test_{name}.py" for folder, names in RULES_OF_MANY.items() for name in names}
    others = {test.relative_to(ROOT).as_posix() for test in tests if not is_mirrored(test)}
    assert others == {rule for rule in rules if rule.startswith(f"tests/{app}/")}
