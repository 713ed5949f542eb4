"""What changes more than one row, or a row and the world. One module for each subject."""

from content.services.editing import Superseded, claim, edition, forget, keep, kept, opened, others
from content.services.house import change_house, house_changed, keep_answer, publish_notice, remove_from_house
from content.services.people import OwnText
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
from content.services.workflow import (
    AlreadyPublished,
    NotWaiting,
    answer,
    comment,
    hand_in,
    resolve,
    send_back,
    step_of,
)

__all__ = [
    "AlreadyPublished",
    "LicenceExpired",
    "NotAtHand",
    "NotPublishable",
    "NotTheReviewer",
    "NotWaiting",
    "OwnText",
    "Superseded",
    "answer",
    "archive",
    "bring_back",
    "call_off",
    "change_house",
    "claim",
    "comment",
    "delete",
    "edition",
    "empty_bin",
    "forget",
    "hand_in",
    "house_changed",
    "keep",
    "keep_answer",
    "keep_on_the_site",
    "kept",
    "opened",
    "others",
    "preview",
    "publish",
    "publish_notice",
    "remove_from_house",
    "resolve",
    "restore",
    "save_revision",
    "send_back",
    "sign_off",
    "step_of",
    "withdraw",
]
