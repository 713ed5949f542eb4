from typing import Any

from django.core.management.base import BaseCommand

from content.services import mail


class Command(BaseCommand):
    help = "Send editors the mails that something waits for them. The worker does it in every round."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        sent = mail.deliver()
        if verbosity:
            self.stdout.write(f"Mails sent: {sent}.")
