"""What goes in and out of the JSON API. The OpenAPI document is made from these models."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.files.values import FileState
from core.people.passwords import LONGEST
from core.people.values import Role
from core.search.feedback import LONGEST_KEY
from core.search.values import Verdict
from core.tickets.values import TEXT_LENGTH, Category, Priority, Scan, Status

Words = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]
Line = Annotated[Words, Field(max_length=300)]
Text = Annotated[Words, Field(max_length=TEXT_LENGTH)]
Secret = Annotated[str, Field(max_length=LONGEST)]
Id = Annotated[int, Field(ge=1, lt=2**31)]
Cursor = Annotated[int | None, Field(default=None, ge=1, lt=2**63, description="`next_cursor` of the page before")]
PageLength = Annotated[int, Field(ge=1, le=200)]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Registration(BaseModel):
    username: Annotated[Line, Field(min_length=1)]
    email: Annotated[Line, Field(min_length=3)]
    password: Secret
    full_name: Line = ""


class Credentials(BaseModel):
    """`login` is a username or mail address; `username` and `email` are accepted as other names for it."""

    login: Line = ""
    username: Line = ""
    email: Line = ""
    password: Secret

    @property
    def name(self) -> str:
        return self.login or self.email or self.username


class Address(BaseModel):
    email: Annotated[Line, Field(min_length=3)]


class LinkToken(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=200)]


class NewPassword(LinkToken):
    password: Secret


class Notice(Answer):
    """What happened, in a sentence."""

    detail: str


class PersonAnswer(Answer):
    id: int
    name: str
    email: str | None = None
    role: Role


class NewParticipant(BaseModel):
    name: Annotated[Words, Field(min_length=1, max_length=320, description="mail address, username or Slack id")]


class ParticipantList(Answer):
    items: list[PersonAnswer]


class ProfileAnswer(Answer):
    id: int
    username: str
    email: str | None
    email_verified: bool
    full_name: str
    role: Role
    skills: list[str]
    time_zone: str


class SignedInAnswer(Answer):
    """The token is for programs (`Authorization: Bearer …`); a browser has got it as a cookie."""

    token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (RFC 6750's word)
    expires_in: int = Field(description="seconds")
    user: ProfileAnswer


class ProfileChange(BaseModel):
    full_name: Annotated[Words, Field(max_length=200)] | None = None
    skills: Annotated[list[Annotated[Words, Field(max_length=60)]], Field(max_length=50)] | None = None
    time_zone: Annotated[Words, Field(max_length=64)] | None = None
    current_password: Secret | None = None
    new_password: Secret | None = None


class NewTicketBody(BaseModel):
    title: Line = ""
    description: Text = ""
    category: Category | None = None
    priority: Priority | None = None
    is_public: bool = False


class TicketChange(BaseModel):
    """Only what is given changes. `assigned_to` is a person's id, username or mail address, or null for nobody."""

    title: Annotated[Line, Field(min_length=1)] | None = None
    description: Text | None = None
    category: Category | None = None
    priority: Priority | None = None
    status: Status | None = None
    is_public: bool | None = None
    helpful_notes: Text | None = None
    resolution: Text | None = None
    related_skills: Annotated[list[Annotated[Words, Field(max_length=60)]], Field(max_length=50)] | None = None
    assigned_to: int | Line | None = None
    revision: int | None = Field(default=None, description="refuse (409) if the ticket has another one by now")


class TicketAnswer(Answer):
    number: int
    title: str
    description: str
    category: Category | None
    priority: Priority
    status: Status
    is_public: bool
    helpful_notes: str | None = Field(description="null for those who do not work tickets")
    resolution: str
    related_skills: list[str]
    created_by: PersonAnswer | None = Field(description="null on a public ticket of others")
    assigned_to: PersonAnswer | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    deleted_at: datetime | None
    sender_verified: bool
    revision: int


class TicketPage(Answer):
    items: list[TicketAnswer]
    next_cursor: int | None


class TicketQuery(BaseModel):
    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    assigned_to: Line = Field(default="", description="id, username or mail address; `me`, or `none`")
    q: Line = Field(
        default="", description="words in title, description, resolution or (for moderators) requester; or a number"
    )
    cursor: Cursor
    limit: PageLength = 50


class AttachmentAnswer(Answer):
    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    scan: Scan


class FileNotHereAnswer(Answer):
    filename: str
    state: FileState
    reason: str = Field(description="why it was refused, and what can be done")


class AttachmentList(Answer):
    items: list[AttachmentAnswer]
    not_here: list[FileNotHereAnswer] = Field(default=[], description="files in Slack, on their way here or refused")


class NewComment(BaseModel):
    text: Text = Field(min_length=1)
    internal: bool = Field(default=False, description="an internal note, for those who work tickets only")


class CommentAnswer(Answer):
    id: int
    author: PersonAnswer
    internal: bool
    text: str
    full_text: str
    channel: str
    sender_verified: bool
    created_at: datetime
    attachments: list[AttachmentAnswer]


class CommentList(Answer):
    items: list[CommentAnswer]


class SimilarQuestion(BaseModel):
    """`key` names the form in which somebody is still typing, so that its questions count once."""

    title: Line = ""
    description: Text = ""
    limit: Annotated[int, Field(ge=1, le=20)] = 3
    key: Annotated[str, Field(max_length=LONGEST_KEY)] = ""


class SimilarAnswer(Answer):
    number: int
    title: str
    category: Category | None
    description: str
    resolution: str
    score: float
    resolved_at: datetime | None
    resolution_line: str
    shared_terms: list[str]
    excerpt: str
    more_like_it: list[int]


class SimilarList(Answer):
    """`showing` is what feedback names: POST /tickets/similar/{showing}/{number}/feedback."""

    showing: int
    items: list[SimilarAnswer]


class SimilarVerdictBody(BaseModel):
    """What a similar ticket did for whoever was shown it."""

    verdict: Literal["solved_it", "helpful", "not_helpful"]


class SimilarVerdictAnswer(Answer):
    number: int
    verdict: Verdict
    given_at: datetime
