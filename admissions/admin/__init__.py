"""The admissions desk: one module for each screen."""

from admissions.admin import duty, inquiries, logs
