"""Templates of new tickets: what a file may say, and how answers become a description."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.tickets.templates import (
    FieldKind,
    TemplateField,
    TicketTemplate,
    built_in_templates,
    described,
    fields_of,
    missing_answers,
    questions_for,
    read_templates,
    template_of,
)
from core.tickets.values import Category

ACCESS = """
[[template]]
kind = "access"
name = "Access request"
description_hint = "What for?"

[[template.field]]
key = "system"
label = "Which system?"
required = true

[[template.field]]
key = "level"
label = "Which rights?"
kind = "choice"
choices = ["read", "write"]

[[template.field]]
key = "reason"
label = "Why?"
kind = "long"
"""
(TEMPLATE,) = read_templates(ACCESS)


def test_the_built_in_ones_cover_every_category_and_begin_with_a_plain_form() -> None:
    templates = built_in_templates()
    assert {template.category for template in templates} == {None, *Category}
    assert templates[0].field == ()
    assert template_of(templates, "gone") is templates[0]
    assert template_of(templates, "bug").name == "Bug report"


def test_answers_stand_below_what_was_written_freely() -> None:
    answers = {"system": "Payroll", "level": "read", "reason": "Audit\nin March"}
    assert described("I start on Monday.", TEMPLATE.field, answers) == (
        "I start on Monday.\n\nWhich system?: Payroll\nWhich rights?: read\n\nWhy?:\nAudit\nin March"
    )


def test_what_was_not_answered_is_left_out() -> None:
    assert described(" \n", TEMPLATE.field, {"system": " ", "level": "admin", "foreign": "x"}) == ""


def test_required_questions_without_an_answer_are_named() -> None:
    assert [field.key for field in missing_answers(TEMPLATE, {"system": "  "})] == ["system"]
    assert missing_answers(TEMPLATE, {"system": "Payroll"}) == []
    choice = TemplateField(key="level", label="Level", kind=FieldKind.CHOICE, choices=("read",), required=True)
    template = TicketTemplate(kind="access", name="Access", field=(choice,))
    assert missing_answers(template, {"level": "write"}) == [choice]
    assert missing_answers(template, {"level": "read"}) == []


def test_what_was_answered_for_another_kind_stays_below_what_is_asked() -> None:
    templates = built_in_templates()
    answers = {"steps": "Press it.", "where": "Here", "expected": " ", "foreign": "x"}
    asked = questions_for(templates, template_of(templates, "performance"), answers)
    assert [field.key for field in asked] == ["since", "duration", "affected", "where", "steps"]


def test_the_same_key_is_the_same_question() -> None:
    fields = fields_of(built_in_templates())
    assert fields["where"].label == "Where does it happen?"


def test_a_file_may_be_json() -> None:
    (template,) = read_templates('{"template": [{"kind": "a", "name": "A"}]}')
    assert template.name == "A"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "template: Field required"),
        ("[[template]]\nkind = 'A'\nname = 'x'", "template.1.kind"),
        ("[[template]]\nkind = 'a'\nname = ' '", "template.1.name"),
        ("[[template]]\nkind = 'a'\nname = 'x'\ncolour = 'red'", "template.1.colour"),
        ("[[template]]\nkind = 'a'\nname = 'x'\ncategory = 'Fun'", "template.1.category"),
        ("[[template]]\nkind = 'a'\nname = 'x'\n" * 2, "the same kind"),
        (ACCESS.replace('choices = ["read", "write"]', ""), "kind choice"),
        (ACCESS.replace('["read", "write"]', '["read", "read"]'), "twice"),
        (ACCESS.replace('"level"', '"system"'), "the same key"),
        (ACCESS.replace("Which system?", "x" * 76), "field.1.label"),
        (f"{ACCESS}{ACCESS.replace('access', 'more').replace('long', 'short')}", "answered alike"),
        ("\n".join(f"[[template]]\nkind = 'k{n}'\nname = 'x'" for n in range(21)), "template"),
        ("this is nothing", "cannot be read"),
        ("{" * 5_000, "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_templates(text)
    assert said in str(refused.value)


@given(text=st.text(max_size=200), answer=st.text(max_size=5_000))
def test_any_answer_gives_a_tidy_description(text: str, answer: str) -> None:
    made = described(text, TEMPLATE.field, {"system": answer, "reason": answer})
    assert made == made.strip()
    assert len(made) <= len(text) + 3_500
