"""Everything that can go wrong in admissions, by name. No message here may ever hold what somebody typed."""


class AdmissionsError(Exception):
    """Base of all errors of this app."""


class CannotSeal(AdmissionsError):
    """No usable key, or sealing failed. Nothing was stored."""


class TooLong(CannotSeal):
    """The text does not fit the largest envelope. Nothing was stored."""


class WrongVisitorKey(CannotSeal):
    """The stored visitor key is not the one named inside the first message. Nobody may seal to it."""


class CannotOpen(AdmissionsError):
    """Wrong key, or the sealed bytes were changed, cut or moved. No part of the text is ever handed out."""


class ThreadDamaged(CannotOpen):
    """A message of this thread is missing, does not open, or is not what was read before. Nobody may go by the rest."""


class NotStored(AdmissionsError):
    """The message was not stored, for certain."""


class OutcomeUnknown(AdmissionsError):
    """The connection broke during the commit: stored or not. Sending the same form again settles it."""


class ChangedRepeat(AdmissionsError):
    """This form token already brought another text. That first one is stored, this one is not.

    `first` is the receipt of the first one.
    """

    def __init__(self, first):
        super().__init__("The first message of this form arrived; this changed one is not stored.")
        self.first = first


class Gone(AdmissionsError):
    """Nothing is behind this code any more: the visitor destroyed it, or its days were over."""


class ThreadFull(AdmissionsError):
    """This thread has as many messages as one may have. Nothing was stored."""


class SessionStoreAway(AdmissionsError):
    """The memory of visits cannot be reached, so nobody can be let in with a code."""


class Destroyed(AdmissionsError):
    """The visitor destroyed this inquiry. Nobody may open it, whatever a legal hold still keeps."""


class NotAllowed(AdmissionsError):
    """The actor is not an active member of a group that may do this."""


class IllegalMove(AdmissionsError):
    """This status does not lead to that one."""


class AlreadyClaimed(AdmissionsError):
    """A colleague holds this inquiry at the moment."""


class ChangedMeanwhile(AdmissionsError):
    """Somebody else changed this inquiry after it was read. Read it again first."""


class DisclosureNotWritten(AdmissionsError):
    """The look could not be recorded, so nothing was opened."""


class ChainBroken(AdmissionsError):
    """The disclosure log was changed, reordered or cut. `number` is the first entry that does not fit."""

    def __init__(self, number: int, reason: str):
        super().__init__(f"Entry {number}: {reason}")
        self.number = number


class AppendOnly(AdmissionsError):
    """Disclosures are never changed and never deleted."""


class Refused(AdmissionsError):
    """Not done, for a reason that staff can read: the message is a sentence for them."""


class NotRevealed(Refused):
    """Nobody may be called at this moment. The number left the server for nobody."""


class ReasonMissing(Refused):
    """It is done for a written reason alone. Nothing was changed, and nothing opened."""


class AttemptNotRecorded(Refused):
    """Something is missing or wrong in what was said. Nothing was stored."""
