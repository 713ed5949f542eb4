"""What changes more than one row, or a row and the world. One module for each subject."""

from content.services.house import house_changed, keep_answer, publish_notice
from content.services.publishing import (
    NotAtHand,
    NotPublishable,
    archive,
    bring_back,
    call_off,
    delete,
    empty_bin,
    keep_on_the_site,
    publish,
    withdraw,
)
from content.services.reviewing import LicenceExpired, NotTheReviewer, sign_off
from content.services.saving import preview, restore, save_revision

__all__ = [
    "LicenceExpired",
    "NotAtHand",
    "NotPublishable",
    "NotTheReviewer",
    "archive",
    "bring_back",
    "call_off",
    "delete",
    "empty_bin",
    "house_changed",
    "keep_answer",
    "keep_on_the_site",
    "preview",
    "publish",
    "publish_notice",
    "restore",
    "save_revision",
    "sign_off",
    "withdraw",
]
