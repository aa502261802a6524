"""The form of a new ticket: drawn when it opens, drawn again as its text grows, and read when it is sent.

Slack keeps what somebody has typed as long as block id and action id stay the same, so every redrawing has them all.
Source: https://docs.slack.dev/reference/views/modal-views ("Preserving input entry in views").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.slack import limits
from bot.slack.blocks import elements, ids, pieces
from bot.slack.blocks.card import CATEGORY_CHOICES, PRIORITY_CHOICES
from bot.slack.blocks.elements import Block
from bot.slack.blocks.form_layout import MOST_FILES, MOST_KEPT, MOST_PARTS, FormLayout, read_layout
from bot.slack.blocks.pieces import TicketUrl
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import clean, escape, first_line, length
from bot.slack.text import pieces as split_text
from core.search.values import SimilarTicket
from core.tickets.templates import (
    FieldKind,
    TemplateField,
    Templates,
    TicketTemplate,
    built_in_templates,
    described,
    fields_of,
    template_of,
)
from core.tickets.values import TITLE_LENGTH, Category, Priority

PUBLIC_MEANING = "Public: anyone who can reach this desk may read it"
_RESOLUTION = 200
_FIELD = "field:"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTicketForm:
    """What was entered; `description` holds the answers to the template's questions too."""

    title: str
    description: str
    category: Category | None
    priority: Priority | None
    is_public: bool


def new_ticket_modal(
    text: str = "", *, templates: Templates = (), files: Sequence[str] = (), around: FormLayout | None = None
) -> Block:
    """The form as it opens, prefilled with what the person has written already, however long.

    `around` tells the message that it is opened on.
    """
    templates = templates or built_in_templates()
    layout, values = described_inputs(text)
    values[ids.TITLE_INPUT] = first_line(text, TITLE_LENGTH)
    layout = _in_place(around or FormLayout(), layout.parts, templates, files)
    return _modal(layout, values, (), templates)


def with_context(
    text: str, around: FormLayout, earlier: str, *, templates: Templates, files: Sequence[str] = ()
) -> tuple[FormLayout, Block]:
    """The form that `new_ticket_modal` opened, with what was said before the message, and who may take part.

    `around` tells its thread, the message itself, and those people.
    """
    layout, values = described_inputs(text)
    values[ids.TITLE_INPUT] = first_line(text, TITLE_LENGTH)
    if earlier and layout.parts < MOST_PARTS:
        values[part_id(layout.parts)] = f"\n\n{earlier}"
        layout = replace(layout, parts=layout.parts + 1)
    layout = _in_place(around, layout.parts, templates, files)
    return layout, _modal(layout, values, (), templates)


def _in_place(around: FormLayout, parts: int, templates: Templates, files: Sequence[str]) -> FormLayout:
    return replace(around, parts=parts, kind=templates[0].kind, files=tuple(files)[:MOST_FILES])


def redrawn(
    layout: FormLayout,
    values: Mapping[str, str],
    similar: Sequence[SimilarTicket],
    *,
    templates: Templates,
    ticket_url: TicketUrl,
) -> Block:
    """The form with earlier solutions below the description. `values` are what its inputs held when last heard of."""
    return _modal(layout, values, list(_solutions(similar, ticket_url)), templates)


def of_another_kind(layout: FormLayout, values: Mapping[str, str], *, templates: Templates) -> FormLayout:
    """The layout for the kind that was chosen: answers for which it has no question stay in the form."""
    chosen = template_of(templates, values.get(ids.KIND_INPUT, ""))
    asked = {field.key for field in chosen.field}
    answered = [key for key, answer in _answers(values).items() if answer.strip() and key not in asked]
    return replace(layout, kind=chosen.kind, kept=tuple(answered)[:MOST_KEPT])


def _modal(layout: FormLayout, values: Mapping[str, str], solutions: Sequence[Block], templates: Templates) -> Block:
    template = template_of(templates, layout.kind)
    title = elements.text_input(ids.TITLE_INPUT, "Title", initial=values.get(ids.TITLE_INPUT, ""), longest=TITLE_LENGTH)
    blocks = [
        *_kinds(template, templates),
        elements.telling_while_typed(title),
        *map(elements.telling_while_typed, descriptions(layout, values, hint=template.description_hint)),
        *solutions,
        *(_question(field, values) for field in questions_of(layout, templates)),
        *_category(template, values),
        elements.menu_input(
            ids.PRIORITY_INPUT, "Priority", PRIORITY_CHOICES, values.get(ids.PRIORITY_INPUT), optional=True
        ),
        elements.checkbox_input(
            ids.PUBLIC_INPUT, "Visibility", PUBLIC_MEANING, ids.PUBLIC_VALUE, checked=_is_public(values)
        ),
        elements.files_input(ids.FILES_INPUT, "Files"),
        *_people(layout),
    ]
    metadata = layout.to_metadata()
    return elements.modal("New ticket", ids.NEW_TICKET_MODAL, blocks, submit="Create", private_metadata=metadata)


def _kinds(chosen: TicketTemplate, templates: Templates) -> Iterator[Block]:
    if len(templates) > 1:
        choices = {template.kind: template.name for template in templates}
        yield elements.menu_input(ids.KIND_INPUT, "What kind?", choices, chosen.kind) | {"dispatch_action": True}


def _people(layout: FormLayout) -> Iterator[Block]:
    """Who spoke in the thread may take part; whoever files decides."""
    if layout.thread:
        yield elements.people_input(ids.PEOPLE_INPUT, "Who takes part?", layout.people)


def _category(template: TicketTemplate, values: Mapping[str, str]) -> Iterator[Block]:
    """Asked for where the kind of ticket does not say it."""
    if template.category is None:
        chosen = values.get(ids.CATEGORY_INPUT)
        yield elements.menu_input(ids.CATEGORY_INPUT, "Category", CATEGORY_CHOICES, chosen, optional=True)


def questions_of(layout: FormLayout, templates: Templates) -> list[TemplateField]:
    """What the form asks beside title and description, in order."""
    asked, known = template_of(templates, layout.kind).field, fields_of(templates)
    kept = dict.fromkeys(known[key] for key in layout.kept if key in known)
    return [*asked, *(field for field in kept if field.key not in {one.key for one in asked})]


def _question(field: TemplateField, values: Mapping[str, str]) -> Block:
    input_id = _field_id(field)
    if field.kind is FieldKind.CHOICE:
        choices = {choice: choice for choice in field.choices}
        return elements.menu_input(
            input_id, field.label, choices, values.get(input_id), optional=not field.required, hint=field.hint
        )
    return elements.text_input(
        input_id,
        field.label,
        initial=values.get(input_id, ""),
        multiline=field.kind is FieldKind.LONG,
        longest=field.longest,
        optional=not field.required,
        hint=field.hint,
    )


def _field_id(field: TemplateField) -> str:
    """A text and a choice are never the same input, whatever a changed template makes of a key."""
    return f"{_FIELD}{field.kind}:{field.key}"


def _answers(values: Mapping[str, str]) -> dict[str, str]:
    """What was answered, by the key of the question."""
    return {input_id.rpartition(":")[2]: answer for input_id, answer in values.items() if input_id.startswith(_FIELD)}


def fits(text: str) -> bool:
    """Whether all of a text can be put into the inputs of a form."""
    return length(clean(text)) <= MOST_PARTS * limits.INPUT_VALUE


def described_inputs(text: str) -> tuple[FormLayout, dict[str, str]]:
    """A text as so many inputs as it needs, and what each of them holds; what `fits` not is cut."""
    parts = list(split_text(clean(text).strip(), limits.INPUT_VALUE))[:MOST_PARTS] or [""]
    return FormLayout(parts=len(parts)), {part_id(index): part for index, part in enumerate(parts)}


def descriptions(layout: FormLayout, values: Mapping[str, str], *, hint: str = "") -> Iterator[Block]:
    """The inputs of the description."""
    for index in range(layout.parts):
        yield elements.text_input(
            part_id(index),
            "Description" if index == 0 else f"Description, part {index + 1}",
            initial=values.get(part_id(index), ""),
            multiline=True,
            optional=True,
            hint="" if index else hint,
        )


def _solutions(similar: Sequence[SimilarTicket], ticket_url: TicketUrl) -> Iterator[Block]:
    if not similar:
        return
    yield elements.section("*Solved before, perhaps the same*")
    for ticket in similar:
        resolution = first_line(ticket.resolution, _RESOLUTION) or "Resolved without a note."
        solution = elements.section(
            f"{pieces.titled_link(ticket.number, ticket.title, ticket_url)}\n{escape(resolution)}",
            accessory=elements.button("This solved it", ids.FORM_SOLVED, str(ticket.number)),
        )
        yield solution | {"block_id": f"{ids.FORM_SOLVED}:{ticket.number}"}


def solved_view(number: int, title: str, *, ticket_url: TicketUrl) -> Block:
    """What takes the form's place when an earlier ticket has solved it."""
    blocks = [
        elements.section(f"🎉 *Good to hear.* Solved by {pieces.titled_link(number, title, ticket_url)}"),
        elements.section("No ticket was filed. Thank you for telling: it helps others to find the same answer."),
        elements.context("Not solved after all? `/ticket` opens the form again."),
    ]
    return elements.modal("Solved", ids.SOLVED_MODAL, blocks)


def question_of(layout: FormLayout, values: Mapping[str, str]) -> tuple[str, str]:
    """Title and description as far as they are written."""
    parts = (values.get(part_id(index), "") for index in range(layout.parts))
    return values.get(ids.TITLE_INPUT, "").strip(), "".join(parts).strip()


def read_new_ticket(submission: ViewSubmission, *, templates: Templates = ()) -> NewTicketForm:
    """What was entered; a choice that is none of ours counts as no choice."""
    templates = templates or built_in_templates()
    values, layout = submission.values, read_layout(submission.private_metadata)
    template = template_of(templates, layout.kind)
    title, text = entered_words(values)
    category, priority = values.get(ids.CATEGORY_INPUT, ""), values.get(ids.PRIORITY_INPUT, "")
    chosen = Category(category) if category in CATEGORY_CHOICES else None
    return NewTicketForm(
        title=title,
        description=described(text, questions_of(layout, templates), _answers(values)),
        category=template.category or chosen,
        priority=Priority(priority) if priority in PRIORITY_CHOICES else None,
        is_public=_is_public(values),
    )


def entered_words(values: Mapping[str, str]) -> tuple[str, str]:
    """Title and description of a form that was sent."""
    return question_of(FormLayout(parts=MOST_PARTS), values)


def part_id(index: int) -> str:
    """The input of one part of a description that is longer than one input holds."""
    return ids.DESCRIPTION_INPUT if index == 0 else f"{ids.DESCRIPTION_INPUT}_{index + 1}"


def is_of_the_question(action_id: str) -> bool:
    """Whether an input's words are searched for."""
    return action_id in {ids.TITLE_INPUT, *(part_id(index) for index in range(MOST_PARTS))}


def _is_public(values: Mapping[str, str]) -> bool:
    return values.get(ids.PUBLIC_INPUT, "") == ids.PUBLIC_VALUE
