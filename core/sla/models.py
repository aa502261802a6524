"""What those who work tickets have been told of promises."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, enum_column, primary_key
from core.sla.values import Promise, Standing


class ToldPromise(Base):
    """Somebody was told once that a promise of a ticket is due soon, or overdue. Whoever inserts the row, tells."""

    __tablename__ = "told_promises"
    __table_args__ = (
        UniqueConstraint("ticket_id", "promise", "standing"),
        Index("ix_told_promises_told_at", "organization_id", "told_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    promise: Mapped[Promise] = mapped_column(enum_column(Promise))
    standing: Mapped[Standing] = mapped_column(enum_column(Standing))
    told_at: Mapped[datetime]
