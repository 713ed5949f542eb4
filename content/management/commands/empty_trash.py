from django.core.management.base import BaseCommand

from content.services import publishing


class Command(BaseCommand):
    help = (
        "Empty the trash of what has lain there for its days (RETENTION_DAYS): drafts are destroyed, texts that "
        "visitors have read go to the archive. The worker runs it once a day."
    )

    def handle(self, *args: object, **options: object) -> None:
        destroyed, archived = publishing.empty_trash()
        if options["verbosity"]:
            self.stdout.write(f"Destroyed: {destroyed}. Put into the archive: {archived}.")
