from django.core.management.base import BaseCommand, CommandParser

from content.checklist import link_checker
from content.models import Link


class Command(BaseCommand):
    help = (
        "Follow every link to other sites that visitors can meet, politely, and keep what was found for the staff's "
        "report. It may be stopped at any time: the next run goes on with what was not checked lately."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=7, help="Leave out what was checked within so many days; 7.")
        parser.add_argument("--limit", type=int, default=1000, help="Follow at most so many links; 1000.")
        parser.add_argument(
            "--pause", type=float, default=link_checker.PAUSE, help="Seconds between two requests to a host."
        )

    def handle(self, *args: object, days: int, limit: int, pause: float, **options: object) -> None:
        link_checker.record_links()
        turns = link_checker.due_links(days=days)
        chosen = turns[:limit]
        self.stdout.write(f"{len(chosen)} of {Link.objects.count()} links to check.")
        done = 0
        try:
            for done, link in enumerate(link_checker.check(chosen, asker=link_checker.Asker(pause=pause)), start=1):
                self.stdout.write(f"{done} of {len(chosen)} {link.address}: {link.get_state_display()}")
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        self.stdout.write(f"Checked: {done}. Left for the next run: {len(turns) - done}.")
        self.stdout.write(f"To look at: {Link.objects.doubtful().count()}.")
