"""The admissions desk: one module for each screen."""

from admissions.admin import canned_replies, duty, inquiries, logs
