from content.models.append_only import RowIsFinal
from content.models.article import Article, RelatedArticle
from content.models.blocks import CallPanel, CareCard, PictureBlock, Section, Step
from content.models.centre import Centre, HelpLine, Notice
from content.models.change_record import ChangeRecord
from content.models.former_address import FormerAddress
from content.models.link import Link
from content.models.live_finding import LiveFinding
from content.models.loaded_starter import LoadedStarter
from content.models.open_form import OpenForm
from content.models.pending_invalidation import PendingInvalidation
from content.models.picture import Picture
from content.models.reader_answer import ReaderAnswer
from content.models.reviewer import FormerReviewerSlug, LicenceKind, Reviewer
from content.models.revision import Revision, SignOff
from content.models.search_entry import SearchEntry, SearchWord
from content.models.share_link import ShareLink, ShareOpening
from content.models.source import Source
from content.models.term import Term
from content.models.topic import FormerTopicSlug, Topic
from content.models.usage import Usage
from content.models.waiver import Waiver
from content.models.workflow import Comment, Handover, StaffMail
