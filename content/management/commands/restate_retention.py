from django.core.management.base import BaseCommand

from content.services import organisation


class Command(BaseCommand):
    help = "Publish a new version of each notice that states other periods than RETENTION_DAYS. A release runs it."

    def handle(self, *args: object, **options: object) -> None:
        for notice in organisation.restate_retention():
            self.stdout.write(f"{notice}: states how long we keep things now")
