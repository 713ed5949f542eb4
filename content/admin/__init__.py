"""The editorial desk: one module for each screen."""

from content.admin import articles, house, links, pictures, readers, reviewers, revisions, sources

__all__ = ["articles", "house", "links", "pictures", "readers", "reviewers", "revisions", "sources"]
