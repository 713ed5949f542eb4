from django.core.management.base import BaseCommand

from content.delivery import content_version


class Command(BaseCommand):
    help = "Invalidate the cached pages for changes that they missed at the time. The worker does it in every round."

    def handle(self, *args: object, verbosity: int, **options: object) -> None:
        applied = content_version.apply_pending_invalidations()
        if verbosity:
            self.stdout.write(f"Invalidations applied: {applied}.")
