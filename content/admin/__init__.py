"""The editorial desk: one module for each screen."""

from content.admin import articles, checklist, feedback, links, organisation, pictures, reviewers, revisions, sources
