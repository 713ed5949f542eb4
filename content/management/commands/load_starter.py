"""Starter content from `content/starter/`. What is already in the database is never touched: it may be an editor's.
What was loaded once and is gone is never made again, unless it is asked for by its key: somebody deleted it.

Only Spanish words that came later are put beside English ones that are still as they were shipped.
"""

import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from content.languages import ENGLISH
from content.models import (
    Article,
    Centre,
    HelpLine,
    LoadedStarter,
    Notice,
    RelatedArticle,
    Reviewer,
    Source,
    Term,
    Topic,
)
from content.models.blocks import MODELS
from content.models.slugged import Slugged
from content.rendering import references
from content.search import engine
from content.services import organisation, publishing, saving

Entry = dict[str, Any]  # of a TOML file
STARTER = Path(__file__).resolve().parent.parent.parent / "starter"


class Command(BaseCommand):
    help = "Load the starter content. May be run again at any time: it adds what is new and changes nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again",
            metavar="KEY",
            action="append",
            default=[],
            help="make once more what was deleted since it was loaded, like help_lines/988; may be repeated",
        )

    def handle(self, *args: object, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        self.again: set[str] = set(options["again"])
        self.keys: set[str] = set()
        self.loaded = set(LoadedStarter.objects.values_list("key", flat=True))
        # Loaded by a version that kept no record. What is missing there may have been deleted, but for sources: no role
        # may delete one, so that a missing source is a new one.
        self.is_unrecorded = not self.loaded and Article.objects.exists()
        with transaction.atomic():
            self.load_organisation()
            self.load_rows("topics", Topic, "slug")
            self.load_rows("terms", Term, "slug", "language")
            self.load_rows("reviewers", Reviewer, "slug")
            for file in sorted((STARTER / "sources").glob("*.toml")):
                self.load_rows(f"sources/{file.stem}", Source, "key", table="sources")
            organisation.invalidate()
        files = [read(file) for file in texts("articles")]
        for number, data in enumerate(files, start=1):
            self.report(f"article {number} of {len(files)}", data["slug"], self.load_text(data))
        for data in files:
            self.publish(data)
        engine.index_all()
        references.record_all()
        if unknown := self.again - self.keys:
            raise CommandError(f"The starter content has no {', '.join(sorted(unknown))}. Nothing was made for that.")
        self.stdout.write("Starter content is complete.")

    def is_to_be_made(self, key: str, *, is_there: bool) -> bool:
        """Whether to make what is shipped under this key. It counts as loaded from now on."""
        self.keys.add(key)
        is_new = key not in self.loaded
        if is_new:
            LoadedStarter.objects.create(key=key)
        if is_there:
            return False
        if key in self.again or (is_new and (not self.is_unrecorded or key.startswith("sources/"))):
            return True
        self.stdout.write(f"{key}: deleted since it was loaded. `load_starter --again {key}` makes it again.")
        return False

    def report(self, kind: str, name: str, is_new: bool) -> None:
        if is_new or self.verbosity > 1:
            self.stdout.write(f"{kind}: {name}: {'added' if is_new else 'kept as it is'}")

    def load_organisation(self) -> None:
        _centre, is_new = Centre.objects.get_or_create(
            id=Centre.THE_ONE, defaults=read(STARTER / "centre.toml")["centre"]
        )
        self.report("centre", "the centre's record", is_new)
        self.load_rows("help_lines", HelpLine, "key")
        for file in texts("notices"):
            data = read(file)
            there = Notice.objects.filter(kind=data["kind"], language=data["language"])
            is_new = self.is_to_be_made(f"notices/{data['kind']}/{data['language']}", is_there=there.exists())
            if is_new:
                organisation.publish_notice(**data)
            self.report("notice", f"{data['kind']} ({data['language']})", is_new)

    def load_rows(self, file: str, model: Any, *keys: str, table: str = "") -> None:
        for position, data in enumerate(read(STARTER / f"{file}.toml")[table or file]):
            if model is Topic:
                data.setdefault("position", position)
            if model is Term:
                data.setdefault("language", ENGLISH)
            if issubclass(model, Slugged):
                row = model.objects.at(data["slug"])
            else:
                row = model.objects.filter(**{key: data[key] for key in keys}).first()
            key = "/".join([table or file, *(data[name] for name in keys)])
            is_new = self.is_to_be_made(key, is_there=row is not None)
            if is_new:
                model.objects.create(**data)
            self.report(file, str(position + 1), is_new or (row is not None and self.add_spanish(row, data)))

    @staticmethod
    def add_spanish(row: Any, data: Entry) -> bool:
        """Put the Spanish words into a row of an earlier version whose English words nobody has changed since."""
        words = {name: text for name, text in data.items() if name.endswith("_es")}
        as_shipped = all(getattr(row, name.removesuffix("_es")) == data[name.removesuffix("_es")] for name in words)
        if not words or not as_shipped or any(getattr(row, name) for name in words):
            return False
        for name, text in words.items():
            setattr(row, name, text)
        if isinstance(row, HelpLine):
            organisation.change(row=row, actor=None)
        else:
            row.save(update_fields=list(words))
        return True

    @transaction.atomic
    def load_text(self, data: Entry) -> bool:
        """The article's working copy; False when there is one already."""
        names = ("kind", "title", "short_answer", "meta_description")
        fields: Entry = {name: data.get(name, "") for name in names}
        fields["short_answer"] = " ".join(fields["short_answer"].split())
        fields["reviewer"] = Reviewer.objects.at(data["reviewer"])
        if "translation_of" in data:
            fields["translation_of"] = article_at(ENGLISH, data["translation_of"])
        language = data.get("language", ENGLISH)
        is_there = article_at(language, data["slug"]) is not None
        if not self.is_to_be_made(f"articles/{data['slug']}/{language}", is_there=is_there):
            return False
        article = Article.objects.create(slug=data["slug"], language=language, **fields)
        article.topics.set(filter(None, map(Topic.objects.at, data["topics"])))
        for ordering, block in enumerate(data["blocks"], start=1):
            model = MODELS[block.pop("type")]
            row = model(parent=article, region="main", ordering=ordering * 10, **block)
            row.full_clean()
            row.save()
        return True

    @transaction.atomic
    def publish(self, data: Entry) -> None:
        """Relate and publish an article that was loaded just now, or by a run that was interrupted."""
        article = article_at(data.get("language", ENGLISH), data["slug"])
        if article is None or article.revisions.exists():
            return
        for position, entry in enumerate(data.get("related", []), start=1):
            if related := article_at(article.language, entry["slug"]):  # none when somebody deleted it
                defaults = {"position": position, "reason": entry["reason"]}
                RelatedArticle.objects.get_or_create(article=article, related=related, defaults=defaults)
        with translation.override(article.language):
            revision = saving.save_revision(article=article, note=_("First version"))
        try:
            publishing.publish(revision=revision)
        except publishing.NotPublishable as error:
            problems = "\n".join(str(finding) for finding in error.findings)
            raise CommandError(f"{data['slug']} cannot be published:\n{problems}") from error
        self.stdout.write(f"published: {data['slug']}")


def article_at(language: str, slug: str) -> Article | None:
    """The article that was shipped with this address, whatever address an editor has given it since."""
    return Article.objects.by_address([(language, slug)]).get((language, slug))


def texts(folder: str) -> list[Path]:
    """The files of a folder. Translations lie one folder deeper, and come after what they translate."""
    return sorted((STARTER / folder).rglob("*.toml"), key=lambda file: (len(file.parts), file))


def read(file: Path) -> Entry:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CommandError(f"{file.name} cannot be read: {error}") from error
