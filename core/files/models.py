"""Files that were shared elsewhere, and whether the desk has them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, enum_column, primary_key
from core.files.values import FileState, RemoteFile, Sharing


class SharedFile(Base):
    """One file of a message in Slack, on its way to becoming an attachment, or refused for `reason`."""

    __tablename__ = "shared_files"
    __audited__: ClassVar[str] = "shared_file"
    __table_args__ = (
        UniqueConstraint("ticket_id", "reply_id", "file_id"),
        Index("ix_shared_files_reply_id", "reply_id"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("replies.id"))
    workspace_id: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(300))
    content_type: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    address: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(String(64))
    thread_key: Mapped[str] = mapped_column(String(255))
    state: Mapped[FileState] = mapped_column(enum_column(FileState), default=FileState.AWAITED)
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

    def remote(self) -> RemoteFile:
        return RemoteFile(
            workspace_id=self.workspace_id,
            file_id=self.file_id,
            name=self.name,
            content_type=self.content_type,
            size=self.size,
            address=self.address,
        )

    def sharing(self) -> Sharing:
        return Sharing(person=self.person, conversation=self.conversation, thread_key=self.thread_key)
