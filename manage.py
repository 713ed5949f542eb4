#!/usr/bin/env python
import os
import resource
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a process that dies writes no key into a core file
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magnified.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The site does not start. {error}")


if __name__ == "__main__":
    main()
