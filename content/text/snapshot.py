"""An article as canonical JSON, and one of its blocks.

The keys are the fields of `Article` and of each kind of block, which a registry names at run time: a TypedDict would
have to repeat them. `content.models.revision.canonical` is what is hashed.
"""

from typing import Any

Snapshot = dict[str, Any]
BlockData = dict[str, Any]
