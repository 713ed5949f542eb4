"""The admissions desk: one module for each screen."""

from admissions.admin import inquiries, logs

__all__ = ["inquiries", "logs"]
