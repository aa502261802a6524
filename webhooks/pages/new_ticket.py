"""The form of a new ticket, in steps that need no script: choose a kind, look for similar tickets, send.

Every button sends the whole form, so that nothing that was typed is lost; files alone must be chosen again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from core.errors import ConflictError, DeskError, InvalidInputError, NotFoundError, TryAgainLaterError
from core.search.feedback import record_feedback, verdicts_in
from core.search.values import SimilarTicket, Surface, Verdict
from core.tickets.actions import NewTicket
from core.tickets.public import PublicTicket, find_public_ticket
from core.tickets.template_list import list_templates
from core.tickets.templates import Templates, described, missing_answers, questions_for, template_of
from core.tickets.values import TEXT_LENGTH, TITLE_LENGTH, Category, Priority
from webhooks import tickets
from webhooks.pages.page import form_page, page, redirect
from webhooks.problems import problem_of
from webhooks.sent_files import SentFiles
from webhooks.similar import show_similar
from webhooks.site import Visit
from webhooks.uploads import file_limits

ASKED = "ask:"
"""Begins the name of a field that answers a question of a template."""
FILES = "files"
LEAST_LETTERS = 8
"""Fewer say too little to be worth a search."""
NOTHING_SIMILAR = "Nothing like it was solved in public before. Send your ticket."
TOO_LITTLE = "Write a few words more, then look again."


class KindQuery(BaseModel):
    kind: Annotated[str, Field(max_length=40)] = ""


class TicketForm(BaseModel):
    """`step` is which button was pressed, none the one that files it; `showing` what similar tickets were shown."""

    model_config = ConfigDict(extra="allow")

    kind: Annotated[str, Field(max_length=40)] = ""
    title: Annotated[str, Field(max_length=TITLE_LENGTH)] = ""
    description: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""
    category: Category | None = None
    priority: Priority | None = None
    is_public: bool = False
    key: Annotated[str, Field(max_length=60)] = ""
    showing: Annotated[int, Field(ge=0, lt=2**63)] = 0
    step: Annotated[str, Field(max_length=60)] = ""

    @property
    def answers(self) -> dict[str, str]:
        """What was answered, by the key of the question."""
        extra = self.model_extra or {}
        return {name.removeprefix(ASKED): str(value) for name, value in extra.items() if name.startswith(ASKED)}

    @property
    def content(self) -> str:
        """The same words are the same ticket, whatever was looked at before."""
        return self.model_dump_json(exclude={"step", "showing"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """The form as it is shown again: `mistakes` by field, `note` says what came of looking for similar tickets."""

    form: TicketForm
    templates: Templates
    mistakes: Mapping[str, str] = field(default_factory=dict)
    similar: Sequence[SimilarTicket] = ()
    note: str = ""
    problem: str = ""
    status: int = 200


async def show(visit: Visit, query: KindQuery) -> web.Response:
    """The empty form, of the kind that the address names or of the first."""
    return _page(visit, Draft(form=TicketForm(kind=query.kind), templates=await _templates(visit)))


async def submit(visit: Visit, form: TicketForm, files: SentFiles) -> web.Response:
    """Do what the pressed button says."""
    draft = Draft(form=form, templates=await _templates(visit))
    step, _, chosen = form.step.partition(":")
    match step:
        case "kind":
            form.kind = chosen
            return _page(visit, await _with_similar(visit, draft) if form.showing else draft)
        case "similar":
            return _page(visit, await _with_similar(visit, draft, asked=True))
        case "solved" | "unhelpful":
            return await _judge(visit, draft, step, chosen)
    return await _file(visit, draft, files)


async def _file(visit: Visit, draft: Draft, files: SentFiles) -> web.Response:
    """File it, once, however often the button is pressed."""
    form = draft.form
    template = template_of(draft.templates, form.kind)
    mistakes = {ASKED + one.key: f"Please answer: {one.label}" for one in missing_answers(template, form.answers)}
    if files.refusal is not None:
        mistakes[FILES] = str(files.refusal)
    if mistakes:
        status = problem_of(files.refusal).status if files.refusal else 422
        return _page(visit, await _with_similar(visit, replace(draft, mistakes=mistakes, status=status)))
    new = NewTicket(
        title=form.title,
        description=described(form.description, questions_for(draft.templates, template, form.answers), form.answers),
        category=template.category or form.category,
        priority=form.priority,
        is_public=form.is_public,
        channel=visit.channel,
        attachments=files.stored,
    )
    content = "\n".join([form.content, *(file.sha256 for file in files.stored)])
    key = f"{form.key}\n{content}" if form.key else ""
    try:
        number, _ = await tickets.submit(visit, new, key=key, content=content.encode(), showing=form.showing)
    except InvalidInputError as error:
        mistakes = {error.field or "title": str(error)}
        return _page(visit, await _with_similar(visit, replace(draft, mistakes=mistakes, status=422)))
    except (ConflictError, TryAgainLaterError) as error:
        return _page(visit, replace(draft, problem=str(error), status=problem_of(error).status))
    return redirect(f"/tickets/{number}")


async def _judge(visit: Visit, draft: Draft, step: str, number: str) -> web.Response:
    """A similar ticket solved it, and nothing is filed; or it did not help, and is shown no longer."""
    verdict = Verdict.SOLVED_IT if step == "solved" else Verdict.NOT_HELPFUL
    try:
        solution = await _note(visit, draft.form.showing, int(number) if number.isdecimal() else 0, verdict)
    except NotFoundError as error:
        return _page(visit, replace(draft, problem=str(error), status=problem_of(error).status))
    if verdict is Verdict.SOLVED_IT:
        return page(visit, "ticket_solved.html", solution=solution)
    return _page(visit, await _with_similar(visit, draft))


async def _note(visit: Visit, showing: int, number: int, verdict: Verdict) -> PublicTicket:
    async with visit.unit_of_work() as uow:
        await record_feedback(uow, showing_id=showing, number=number, verdict=verdict)
        solution = await find_public_ticket(uow, number)
        await uow.commit()
    return solution


async def _with_similar(visit: Visit, draft: Draft, *, asked: bool = False) -> Draft:
    """The form with what is similar to its words by now, where that was asked for. Whatever fails, people go on."""
    form = draft.form
    if not (asked or form.showing):
        return draft
    if sum(letter.isalnum() for letter in form.title + form.description) < LEAST_LETTERS:
        return replace(draft, note=TOO_LITTLE)
    try:
        form.showing, found = await show_similar(
            visit,
            title=form.title,
            description=form.description,
            surface=Surface.WEB_FORM,
            key=form.key,
        )
    except DeskError as error:
        return replace(draft, note=f"{error} You can send your ticket all the same.")
    async with visit.reading() as reading:
        verdicts = await verdicts_in(reading, form.showing)
    similar = [one for one in found if verdicts.get(one.ticket_id) is not Verdict.NOT_HELPFUL]
    return replace(draft, similar=similar, note="" if similar else NOTHING_SIMILAR)


async def _templates(visit: Visit) -> Templates:
    async with visit.reading() as reading:
        return await list_templates(reading)


def _page(visit: Visit, draft: Draft) -> web.Response:
    form, templates = draft.form, draft.templates
    chosen = template_of(templates, form.kind)
    return form_page(
        visit,
        "ticket_new.html",
        status=draft.status,
        form=form,
        key=form.key or visit.request_id,
        templates=templates,
        chosen=chosen,
        questions=questions_for(templates, chosen, form.answers),
        answers=form.answers,
        asked=ASKED,
        mistakes=draft.mistakes,
        similar=draft.similar,
        note=draft.note,
        problem=draft.problem,
        limits=file_limits(visit),
        was_sent=visit.request.method == "POST",
        categories=list(Category),
        priorities=list(Priority),
        title_length=TITLE_LENGTH,
        text_length=TEXT_LENGTH,
    )
