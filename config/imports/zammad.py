"""What Zammad's API gives with `expand=true`: `GET /api/v1/tickets`, `/ticket_articles/by_ticket/{id}`, `/users`.

https://docs.zammad.org/en/latest/api/ticket/index.html
"""

from collections import defaultdict
from collections.abc import Iterator
from email.utils import parseaddr

from pydantic import BaseModel, Field

from config.imports.files import Export, Record, Unreadable, validated
from config.imports.words import CATEGORIES, NO_FILES, PRIORITIES, STATUSES, Moment, plain, word
from core.imports.values import ImportedComment, ImportedPerson, ImportedTicket, Skipped
from core.tickets.values import Priority

NOBODY = "-"  # Zammad's own user of id 1, who stands for no owner


class _User(BaseModel):
    id: int | None = None
    login: str = ""
    email: str | None = None
    firstname: str | None = None
    lastname: str | None = None

    @property
    def person(self) -> ImportedPerson:
        name = " ".join(part for part in (self.firstname, self.lastname) if part)
        return _named(self.email or self.login, name)


class _Article(BaseModel):
    ticket_id: int | None = None
    sender: str = ""
    type: str = ""
    internal: bool = False
    body: str | None = None
    content_type: str = "text/plain"
    created_by: str = ""
    written_by: str = Field(default="", alias="from")
    created_at: Moment
    attachments: list[dict[str, object]] = []


class _Ticket(BaseModel):
    id: int
    number: str = ""
    title: str = ""
    state: str
    priority: str = ""
    type: str | None = None
    customer: str
    owner: str = NOBODY
    created_at: Moment
    updated_at: Moment | None = None
    close_at: Moment | None = None
    articles: list[_Article] = []


def read_zammad(export: Export) -> Iterator[ImportedTicket | Skipped]:
    """Each ticket of a `tickets` file, its articles in it or in `ticket_articles`, and the people of `users`."""
    users = {key: user.person for user in _users(export) for key in (user.login, user.email or user.login)}
    articles = defaultdict(list)
    for article in _articles(export):
        articles[article.ticket_id].append(article)
    for place, row in export.records("tickets", main=True):
        yield _read(place, row, users, articles)


def _users(export: Export) -> Iterator[_User]:
    for _, row in export.records("users"):
        user = validated(_User, row)
        if isinstance(user, _User):
            yield user


def _articles(export: Export) -> Iterator[_Article]:
    for _, row in export.records("ticket_articles", "articles"):
        article = validated(_Article, row)
        if isinstance(article, _Article):
            yield article


def _read(
    place: str, row: Record | Unreadable, users: dict[str, ImportedPerson], articles: dict[int | None, list[_Article]]
) -> ImportedTicket | Skipped:
    if isinstance(row, dict) and not {"state", "customer"} <= row.keys():
        return Skipped(place, "it was exported without expand=true")
    ticket = validated(_Ticket, row)
    if isinstance(ticket, Unreadable):
        return Skipped(place, ticket.reason)
    place = f"{place}, ticket {ticket.number or ticket.id}"
    if word(ticket.state) in {"merged", "removed"}:
        return Skipped(place, f"it was {word(ticket.state)} there")
    if word(ticket.state) not in STATUSES:
        return Skipped(place, f"its state {ticket.state!r} is none that this desk knows")
    return _ticket(ticket, users, ticket.articles or articles[ticket.id])


def _ticket(ticket: _Ticket, users: dict[str, ImportedPerson], articles: list[_Article]) -> ImportedTicket:
    requester = users.get(ticket.customer) or _named(ticket.customer, "")
    spoken = sorted((one for one in articles if one.sender != "System"), key=lambda one: one.created_at)
    comments = [one for article in spoken if (one := _comment(article, requester, users)).text]
    description = comments.pop(0).text if comments and not comments[0].internal else ""
    return ImportedTicket(
        key=str(ticket.id),
        title=ticket.title,
        description=description,
        requester=requester,
        assignee=None if ticket.owner == NOBODY else users.get(ticket.owner) or _named(ticket.owner, ""),
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        resolved_at=ticket.close_at,
        category=CATEGORIES.get(word(ticket.type or "")),
        priority=PRIORITIES.get(word(ticket.priority), Priority.LOW),
        status=STATUSES[word(ticket.state)],
        helpful_notes=f"Zammad #{ticket.number or ticket.id}",
        comments=comments,
        remarks=[NO_FILES] if any(article.attachments for article in articles) else [],
    )


def _comment(article: _Article, requester: ImportedPerson, users: dict[str, ImportedPerson]) -> ImportedComment:
    name, address = parseaddr(article.written_by)
    if article.sender == "Customer":
        author = requester if address.lower() in {"", requester.email.lower()} else _named(address, name)
    else:
        author = users.get(article.created_by) or _named(article.created_by or address, name)
    return ImportedComment(
        author=author,
        text=plain(article.body or "", is_html=article.content_type == "text/html"),
        at=article.created_at,
        internal=article.internal,
    )


def _named(login: str, name: str) -> ImportedPerson:
    """Somebody by their login, which with Zammad is their mail address unless an admin chose another."""
    is_address = "@" in login
    return ImportedPerson(name=name, email=login if is_address else "", key="" if is_address else login)
