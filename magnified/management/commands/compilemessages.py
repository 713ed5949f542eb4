from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from magnified import messages


class Command(BaseCommand):
    """In place of Django's own command of this name, which needs GNU gettext."""

    help = "Compile locale/*/LC_MESSAGES/*.po into the .mo files beside them. Run it after every change of a .po file."

    def handle(self, *args: object, **options: object) -> None:
        for folder in settings.LOCALE_PATHS:
            for file in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                try:
                    translations = messages.parse(file.read_text())
                except ValueError as error:
                    raise CommandError(f"{file}: {error}") from error
                file.with_suffix(".mo").write_bytes(messages.compile_messages(translations))
                self.stdout.write(f"{file.parent.parent.name}: {len(translations) - 1} messages")
