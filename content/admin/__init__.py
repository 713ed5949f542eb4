"""The editorial desk: one module for each screen."""

from content.admin import articles, checklist, house, links, pictures, readers, reviewers, revisions, sources

__all__ = ["articles", "checklist", "house", "links", "pictures", "readers", "reviewers", "revisions", "sources"]
