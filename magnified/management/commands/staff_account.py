import os
from getpass import getpass

from django.contrib.auth import get_user_model, password_validation
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from content.models import Reviewer
from magnified.roles import ROLES


class Command(BaseCommand):
    help = "Make a staff account with one role, or give an existing account that role and a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=ROLES)
        parser.add_argument(
            "--signs-as",
            metavar="REVIEWER",
            help="slug of the reviewer whose sign-offs this person gives",
        )
        parser.add_argument("--keep", action="store_true", help="do nothing when the account exists")

    def handle(self, *args: object, **options: str) -> None:
        users = get_user_model().objects
        user = users.filter(username=options["name"]).first()
        if user is not None and options["keep"]:
            self.stdout.write(f"{user.get_username()} exists; kept as it is.")
            return
        user = user or get_user_model()(username=options["name"])
        password = os.environ.get("STAFF_PASSWORD") or getpass("Password (15 characters or more): ")
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.set_password(password)
        user.is_staff, user.is_active, user.is_superuser = True, True, False
        user.save()
        user.groups.set([Group.objects.get(name=options["role"])])
        if options["signs_as"]:
            Reviewer.objects.filter(slug=options["signs_as"]).update(user=user)
        self.stdout.write(f"{user.get_username()} may sign in as {options['role']}.")
