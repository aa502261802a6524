"""What was found similar to a ticket."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, primary_key


class SimilarTicketRow(Base):
    """One similar ticket of a ticket, as found when it was filed. Checked again whenever it is shown."""

    __tablename__ = "similar_tickets"
    __table_args__ = (UniqueConstraint("ticket_id", "similar_ticket_id"),)

    id: Mapped[int] = primary_key()
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    similar_ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    score: Mapped[float]
    rank: Mapped[int]
