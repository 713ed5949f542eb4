from typing import Any

from django.core.management.base import BaseCommand

from content.delivery import page_cache


class Command(BaseCommand):
    help = "Tell the finished pages of changes that they missed at the time. The worker does it in every round."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        announced = page_cache.announce_owed()
        if verbosity:
            self.stdout.write(f"Changes announced: {announced}.")
