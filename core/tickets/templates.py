"""What a new ticket of some kind is asked for, and how the answers become its description."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InvalidInputError
from core.tickets.values import Category

BUILT_IN = Path(__file__).with_name("templates.toml")
MOST_TEMPLATES = 20
MOST_FIELDS = 20
ANSWER_LENGTH = 3_000
"""Of one field; a Slack input holds no more."""
LINE_LENGTH = 300

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, Field(min_length=1, max_length=75, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")]
Hint = Annotated[str, Field(max_length=300)]


class FieldKind(StrEnum):
    SHORT = "short"
    LONG = "long"
    CHOICE = "choice"


class TemplateField(BaseModel):
    """One question of a template. `key` names it for good: the same key in two templates is the same question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    label: Label
    hint: Hint = ""
    kind: FieldKind = FieldKind.SHORT
    choices: Annotated[tuple[Label, ...], Field(max_length=20)] = ()
    required: bool = False

    @model_validator(mode="after")
    def _has_choices(self) -> Self:
        if (self.kind is FieldKind.CHOICE) != bool(self.choices):
            raise ValueError("a field of kind choice, and no other, has choices")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError("the same choice stands there twice")
        return self

    @property
    def longest(self) -> int:
        return ANSWER_LENGTH if self.kind is FieldKind.LONG else LINE_LENGTH


class TicketTemplate(BaseModel):
    """The form of one kind of ticket: title and description always, and what else is worth knowing.

    `category` is set as if the requester had chosen it. `description_hint` says what to write about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Key
    name: Label
    category: Category | None = None
    description_hint: Hint = ""
    field: Annotated[tuple[TemplateField, ...], Field(max_length=MOST_FIELDS)] = ()

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = [field.key for field in self.field]
        if len(set(keys)) != len(keys):
            raise ValueError("two fields have the same key")
        return self


class _TemplateFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Annotated[tuple[TicketTemplate, ...], Field(min_length=1, max_length=MOST_TEMPLATES)]

    @model_validator(mode="after")
    def _kinds_differ(self) -> Self:
        kinds = [template.kind for template in self.template]
        if len(set(kinds)) != len(kinds):
            raise ValueError("two templates have the same kind")
        return self

    @model_validator(mode="after")
    def _same_key_is_same_question(self) -> Self:
        """So that an answer stays when somebody chooses another kind."""
        answered_by = fields_of(self.template)
        for field in (field for template in self.template for field in template.field):
            first = answered_by[field.key]
            if (field.kind, field.choices) != (first.kind, first.choices):
                raise ValueError(f"two fields have the key {field.key!r} and are not answered alike")
        return self


Templates = tuple[TicketTemplate, ...]


def read_templates(text: str) -> Templates:
    """The templates of a TOML file: `[[template]]`, and in each `[[template.field]]`; or the same as JSON.

    The first is the default.

    Raises:
        InvalidInputError: what is wrong, and where.
    """
    try:
        read = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"The templates cannot be read: {error}.", field="templates", mend="See docs/templates.md for an example."
        ) from error
    return checked_templates(read)


def checked_templates(read: Mapping[str, Any]) -> Templates:
    """The same from what was read already.

    Raises:
        InvalidInputError: what is wrong, and where.
    """
    try:
        return _TemplateFile.model_validate(read).template
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise InvalidInputError(f"Templates: {place or 'file'}: {first['msg']}.", field="templates") from error


@cache
def built_in_templates() -> Templates:
    """What is offered where an organization has set none of its own."""
    return read_templates(BUILT_IN.read_text("utf-8"))


def template_of(templates: Templates, kind: str) -> TicketTemplate:
    """The template of this kind, or the default one."""
    return next((template for template in templates if template.kind == kind), templates[0])


def fields_of(templates: Templates) -> dict[str, TemplateField]:
    """Every question of all templates by its key; where two have the same key, the first."""
    found: dict[str, TemplateField] = {}
    for template in templates:
        for field in template.field:
            found.setdefault(field.key, field)
    return found


def questions_for(
    templates: Templates, template: TicketTemplate, answers: Mapping[str, str]
) -> tuple[TemplateField, ...]:
    """What a form of this kind asks, and below that what was answered before another kind was chosen."""
    asked = {field.key for field in template.field}
    answered = (field for key, field in fields_of(templates).items() if answers.get(key, "").strip())
    return (*template.field, *(field for field in answered if field.key not in asked))


def missing_answers(template: TicketTemplate, answers: Mapping[str, str]) -> list[TemplateField]:
    """The required questions without an answer, or with a choice that is none of those offered."""
    return [field for field in template.field if field.required and not _is_answered(field, answers.get(field.key, ""))]


def _is_answered(field: TemplateField, answer: str) -> bool:
    return answer in field.choices if field.kind is FieldKind.CHOICE else bool(answer.strip())


def described(description: str, questions: Sequence[TemplateField], answers: Mapping[str, str]) -> str:
    """The description of a ticket as everybody reads it: what was written freely, then each answer below its label.

    What was not answered is left out, and so is a choice that is none of those offered.
    """
    parts = [description.strip()]
    was_line = False
    for field in questions:
        answer = answers.get(field.key, "").strip()[: field.longest]
        if not answer or (field.kind is FieldKind.CHOICE and answer not in field.choices):
            continue
        is_line = "\n" not in answer
        text = f"{field.label}: {answer}" if is_line else f"{field.label}:\n{answer}"
        if is_line and was_line:
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
        was_line = is_line
    return "\n\n".join(part for part in parts if part)
