"""From what the desk holds to what the JSON API says."""

from core.files.models import SharedFile
from core.people.models import User
from core.people.values import Permission
from core.search.values import SimilarTicket
from core.tickets.models import Attachment, Reply, Ticket
from core.tickets.public import PublicTicket
from core.tickets.values import Visibility
from webhooks.api.schemas import (
    AttachmentAnswer,
    CommentAnswer,
    FileNotHereAnswer,
    PersonAnswer,
    SimilarAnswer,
    TicketAnswer,
)
from webhooks.site import Visit


def person_answer(visit: Visit, user: User) -> PersonAnswer:
    """Somebody on a ticket; mail addresses are for those who work tickets, and one's own."""
    sees_address = visit.may(Permission.WORK_TICKETS) or visit.person.user_id == user.id
    return PersonAnswer(id=user.id, name=user.display_name, email=user.email if sees_address else None, role=user.role)


def ticket_answer(visit: Visit, ticket: Ticket) -> TicketAnswer:
    works = visit.may(Permission.WORK_TICKETS)
    return TicketAnswer(
        number=ticket.number,
        title=ticket.title,
        description=ticket.description,
        category=ticket.category,
        priority=ticket.priority,
        status=ticket.status,
        is_public=ticket.is_public,
        helpful_notes=ticket.helpful_notes if works else None,
        resolution=ticket.resolution,
        related_skills=ticket.related_skills,
        created_by=person_answer(visit, ticket.created_by),
        assigned_to=person_answer(visit, ticket.assigned_to) if ticket.assigned_to else None,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        resolved_at=ticket.resolved_at,
        deleted_at=ticket.deleted_at,
        sender_verified=ticket.sender_verified,
        revision=ticket.revision,
    )


def public_ticket_answer(ticket: PublicTicket) -> TicketAnswer:
    """A public ticket as a stranger to it may read it."""
    return TicketAnswer(
        number=ticket.number,
        title=ticket.title,
        description=ticket.description,
        category=ticket.category,
        priority=ticket.priority,
        status=ticket.status,
        is_public=True,
        helpful_notes=None,
        resolution=ticket.resolution,
        related_skills=[],
        created_by=None,
        assigned_to=None,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        resolved_at=ticket.resolved_at,
        deleted_at=None,
        sender_verified=True,
        revision=0,
    )


def attachment_answer(attachment: Attachment) -> AttachmentAnswer:
    return AttachmentAnswer(
        id=attachment.id,
        filename=attachment.filename,
        content_type=attachment.content_type,
        size=attachment.size,
        sha256=attachment.sha256,
        inline=attachment.inline,
        scan=attachment.scan,
    )


def file_not_here_answer(file: SharedFile) -> FileNotHereAnswer:
    return FileNotHereAnswer(filename=file.name, state=file.state, reason=file.reason)


def comment_answer(visit: Visit, reply: Reply) -> CommentAnswer:
    return CommentAnswer(
        id=reply.id,
        author=person_answer(visit, reply.author),
        internal=reply.visibility is Visibility.INTERNAL,
        text=reply.text,
        full_text=reply.full_text or reply.text,
        channel=reply.channel,
        sender_verified=reply.sender_verified,
        created_at=reply.created_at,
        attachments=[attachment_answer(attachment) for attachment in reply.attachments],
    )


def similar_answer(found: SimilarTicket) -> SimilarAnswer:
    return SimilarAnswer(
        number=found.number,
        title=found.title,
        category=found.category,
        description=found.description,
        resolution=found.resolution,
        score=round(found.score, 4),
        resolved_at=found.resolved_at,
        resolution_line=found.resolution_line,
        shared_terms=list(found.shared_terms),
        excerpt=found.excerpt.text,
        more_like_it=list(found.more_like_it),
    )
