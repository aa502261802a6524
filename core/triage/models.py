"""Advice kept with its reason, what people chose instead, every billed call, and what was learned."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Json, enum_column, primary_key
from core.tickets.values import Category, Complexity, Priority
from core.triage.values import Suggestion


class StoredSuggestion(Base):
    """What a model advised on a ticket. The latest row is the one shown."""

    __tablename__ = "suggestions"
    __table_args__ = (Index("ix_suggestions_ticket_id", "ticket_id", "id"),)

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    category: Mapped[Category | None] = mapped_column(enum_column(Category))
    priority: Mapped[Priority | None] = mapped_column(enum_column(Priority))
    complexity: Mapped[Complexity | None] = mapped_column(enum_column(Complexity))
    reasoning: Mapped[str] = mapped_column(Text)
    related_skills: Mapped[list[str]] = mapped_column(Json, default=list)
    notes: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[float]
    model: Mapped[str] = mapped_column(String(100))
    fallback_reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]

    def as_value(self) -> Suggestion:
        return Suggestion(
            category=self.category,
            priority=self.priority,
            complexity=self.complexity,
            reasoning=self.reasoning,
            related_skills=tuple(self.related_skills),
            notes=self.notes,
            confidence=self.confidence,
            model=self.model,
            fallback_reason=self.fallback_reason,
        )


class TriageChoice(Base):
    """What a person chose last for a field on which a model had advised, beside what it had said."""

    __tablename__ = "triage_choices"
    __table_args__ = (
        UniqueConstraint("ticket_id", "field", name="uq_triage_choices_ticket_id_field"),
        Index("ix_triage_choices_organization_id", "organization_id", "chosen_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    field: Mapped[str] = mapped_column(String(32))
    advised: Mapped[Any] = mapped_column(Json, nullable=False)
    chosen: Mapped[Any] = mapped_column(Json, nullable=False)
    model: Mapped[str] = mapped_column(String(100))
    confidence: Mapped[float]
    chosen_at: Mapped[datetime]

    @property
    def was_right(self) -> bool:
        """Whether the person chose what was advised; skills in any order."""
        if isinstance(self.advised, list) and isinstance(self.chosen, list):
            return sorted(self.advised) == sorted(self.chosen)
        return bool(self.advised == self.chosen)


class AiUsage(Base):
    """One billed call of a model, whether its answer was of use or not."""

    __tablename__ = "ai_usage"
    __table_args__ = (
        Index("ix_ai_usage_organization_id", "organization_id", "created_at"),
        Index("ix_ai_usage_created_at", "created_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    model: Mapped[str] = mapped_column(String(100))
    purpose: Mapped[str] = mapped_column(String(32))
    input_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(16, 10))
    duration_ms: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class LearnedModel(Base):
    """The newest classifier learned from an organization's own tickets (`core.triage.packed`).

    `source` says which texts and vectors it compares, `fingerprint` which examples it has seen.
    """

    __tablename__ = "learned_models"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(250))
    fingerprint: Mapped[str] = mapped_column(String(64))
    examples: Mapped[int]
    learned_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary)
