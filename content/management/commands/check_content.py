from django.core.management.base import BaseCommand

from content.checklist.watch import watch_all
from content.models import LiveFinding


class Command(BaseCommand):
    help = "Read everything that is on the site with the rules of the checklist. The worker runs it once a day."

    def handle(self, *args: object, verbosity: int, **options: object) -> None:
        done = 0
        for article, findings in watch_all():
            done += 1
            if findings or verbosity > 1:
                self.stdout.write(f"{article.slug}: {findings}")
        urgent = LiveFinding.objects.urgent().count()
        self.stdout.write(f"Read: {done}. Found: {LiveFinding.objects.count()}, of which dangerous: {urgent}.")
