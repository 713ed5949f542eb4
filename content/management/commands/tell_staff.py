from django.core.management.base import BaseCommand

from content.services import mail


class Command(BaseCommand):
    help = "Send editors the mails that something waits for them. The worker does it in every round."

    def handle(self, *args: object, verbosity: int, **options: object) -> None:
        sent = mail.deliver()
        if verbosity:
            self.stdout.write(f"Mails sent: {sent}.")
