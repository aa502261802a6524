"""What was found similar to a ticket, what people said of it, and the vectors by which tickets are found."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Json, enum_column, primary_key
from core.search.values import Surface, Verdict


class SimilarTicketRow(Base):
    """One similar ticket of a ticket, as found when it was filed. Checked again whenever it is shown.

    `like_it` are the ids of tickets that tell of the same, and were folded into it.
    """

    __tablename__ = "similar_tickets"
    __table_args__ = (UniqueConstraint("ticket_id", "similar_ticket_id"),)

    id: Mapped[int] = primary_key()
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    similar_ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    score: Mapped[float]
    rank: Mapped[int]
    like_it: Mapped[list[Any]] = mapped_column(Json, default=list)


class TicketVectorsRow(Base):
    """The vectors of a ticket that may be found, or the note that it no longer may (`is_removed`, vectors emptied).

    A row for each model: those of the next one are made while the present one's still answer.

    Dense vectors are little-endian float32 by `model`; the sparse one is its uint32 indices and its float32 weights.
    `revision` orders the changes of the whole table as they were committed, so that an index can follow it;
    `terms_revision` says which words became terms (`core.search.terms`).
    """

    __tablename__ = "ticket_vectors"
    __table_args__ = (Index("ix_ticket_vectors_revision", "revision"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    text_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    term_indices: Mapped[bytes] = mapped_column(LargeBinary)
    term_weights: Mapped[bytes] = mapped_column(LargeBinary)
    terms_revision: Mapped[int] = mapped_column(server_default="1")
    is_removed: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int]
    ticket_created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SearchProgress(Base):
    """One row: the newest revision of `ticket_vectors`, and how often it was asked to make every index anew.

    Whoever writes vectors takes the next revision from here and holds the row until the commit: a follower that has
    seen a revision has then seen all before it, also on PostgreSQL, whose sequences commit out of order.
    """

    __tablename__ = "search_progress"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    rebuilds: Mapped[int]


class SimilarShowing(Base):
    """Similar tickets shown to somebody for one question, which may never become a ticket.

    `key` is the same for each time the same question is shown, so that it counts once. Of the question only a hash and
    its vectors are kept. `ticket_id` is None until, and unless, a ticket was filed with it.
    """

    __tablename__ = "similar_showings"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        Index("ix_similar_showings_shown_at", "organization_id", "shown_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    key: Mapped[str] = mapped_column(String(200))
    surface: Mapped[Surface] = mapped_column(enum_column(Surface))
    asker_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    question_hash: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(200))
    text: Mapped[bytes] = mapped_column(LargeBinary)
    term_indices: Mapped[bytes] = mapped_column(LargeBinary)
    shown_at: Mapped[datetime]


class ShownTicket(Base):
    """One of the tickets of a showing, with what ranking knew of it: `score` as shown, `raw_score` before learning.

    `lift` is what had been said of it by those who had asked something similar.
    """

    __tablename__ = "shown_tickets"
    __table_args__ = (UniqueConstraint("showing_id", "similar_ticket_id"),)

    id: Mapped[int] = primary_key()
    showing_id: Mapped[int] = mapped_column(ForeignKey("similar_showings.id"))
    similar_ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    rank: Mapped[int]
    score: Mapped[float]
    raw_score: Mapped[float]
    lift: Mapped[float]
    closeness: Mapped[float | None]
    match: Mapped[float]


class SimilarVerdict(Base):
    """What one person said of one shown ticket; they may change their mind. The newest are what ranking remembers.

    `revision` orders an organization's verdicts as they were committed, whatever the clocks of its processes say: it is
    what `SearchLearning.verdicts_revision` came to. Those from before there were revisions have 0 and less.
    """

    __tablename__ = "similar_verdicts"
    __table_args__ = (
        UniqueConstraint("shown_id", "user_id"),
        Index("ix_similar_verdicts_given_at", "organization_id", "given_at"),
        Index("ix_similar_verdicts_revision", "organization_id", "revision"),
    )
    __audited__ = "similar_verdict"

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    shown_id: Mapped[int] = mapped_column(ForeignKey("shown_tickets.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    channel: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(server_default="0")


class SearchLearning(Base):
    """What the search of one organization has learned from feedback (`core.search.learning`).

    `verdicts_revision` grows with every verdict, so that each process knows when to read them again. The numbers are
    those of `core.search.calibration` for scores of one kind: `is_lexical` or not. `learned_at` is None before.
    """

    __tablename__ = "search_learning"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True, autoincrement=False)
    verdicts_revision: Mapped[int]
    is_lexical: Mapped[bool]
    scale: Mapped[float]
    lift: Mapped[float]
    shift: Mapped[float]
    least_chance: Mapped[float]
    verdicts: Mapped[int]
    learned_at: Mapped[datetime | None]
