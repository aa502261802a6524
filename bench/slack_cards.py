"""Draws the cards and forms of the Slack door as pictures, to be looked at: `python bench/slack_cards.py FOLDER`.

Block Kit is drawn about as Slack does, light and dark, by a headless Chromium; the blocks come from `bot/slack/blocks`.
"""

import html
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.slack.blocks import conversation, lists, modals, new_ticket, own_ticket
from bot.slack.blocks import help as help_blocks
from bot.slack.blocks.card import ticket_card
from bot.slack.blocks.home import HomeContent, home_view
from bot.slack.commands import QueueView
from core.search.values import SimilarTicket
from core.tickets.templates import built_in_templates
from core.tickets.values import Category, Person, Priority, Status
from core.triage.values import Suggestion
from tests.fakes.slack_tickets import example_reply, example_ticket

Json = dict[str, Any]

STYLE = """
body { margin: 0; padding: 16px; width: 620px; font: 15px/1.45 Lato, "DejaVu Sans", sans-serif }
body { background: #fff; color: #1d1c1d }
.dark { background: #1a1d21; color: #d1d2d3 }
h1 { font-size: 18px; margin: 4px 0 8px }
hr { border: 0; border-top: 1px solid #8884; margin: 10px 0 }
.section { margin: 6px 0; display: flex; justify-content: space-between; gap: 12px; overflow-wrap: anywhere }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 24px; margin: 6px 0 }
.context { font-size: 12px; opacity: .75; margin: 6px 0 }
.actions { display: flex; gap: 8px; margin: 8px 0; flex-wrap: wrap }
.button, .menu { border: 1px solid #8888; border-radius: 4px; padding: 4px 12px; font-size: 13px; height: 20px }
.button { font-weight: bold; white-space: nowrap }
.primary { background: #007a5a; color: #fff; border-color: #007a5a }
blockquote { margin: 2px 0; padding-left: 12px; border-left: 4px solid #8886 }
a { color: #1264a3 }
.dark a { color: #1d9bd1 }
code { font-size: 12px; color: #c01343; background: #8882; border-radius: 3px; padding: 1px 3px }
.dark code { color: #e8912d }
.input { margin: 12px 0 }
.input b { display: block; margin-bottom: 4px }
.hint { font-size: 12px; opacity: .7 }
.field { border: 1px solid #8888; border-radius: 4px; padding: 6px 10px; white-space: pre-wrap; min-height: 20px }
.tall { min-height: 60px }
.modal { border: 1px solid #8886; border-radius: 8px; padding: 12px 20px }
"""


def markup(text: str) -> str:
    """Slack's markup as HTML: links, bold, code, quotes."""
    escaped = re.sub(r"<([^|>]+)\|([^>]+)>", r'<a href="\1">\2</a>', text)
    escaped = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", escaped))
    lines = [
        f"<blockquote>{line[2:]}</blockquote>" if line.startswith("> ") else f"{line}<br>"
        for line in escaped.split("\n")
    ]
    return "".join(lines).removesuffix("<br>")


def text_of(node: Json) -> str:
    return markup(node["text"]) if node["type"] == "mrkdwn" else html.escape(node["text"])


def element(node: Json) -> str:
    match node["type"]:
        case "button":
            return f'<span class="button {node.get("style", "")}">{text_of(node["text"])}</span>'
        case "static_select":
            shown = node.get("initial_option", {}).get("text") or node["placeholder"]
            return f'<span class="menu">{text_of(shown)} ▾</span>'
        case "checkboxes":
            mark = "☑" if node.get("initial_options") else "☐"
            return "".join(f"<div>{mark} {text_of(option['text'])}</div>" for option in node["options"])
        case _:
            tall = " tall" if node.get("multiline") else ""
            return f'<div class="field{tall}">{html.escape(node.get("initial_value", ""))}</div>'


def block(node: Json) -> str:  # noqa: PLR0911 (one case a type)
    match node["type"]:
        case "header":
            return f"<h1>{text_of(node['text'])}</h1>"
        case "divider":
            return "<hr>"
        case "context":
            return f'<div class="context">{"  ".join(text_of(part) for part in node["elements"])}</div>'
        case "actions":
            return f'<div class="actions">{"".join(element(part) for part in node["elements"])}</div>'
        case "input":
            optional = " (optional)" if node["optional"] else ""
            hint = f'<div class="hint">{text_of(node["hint"])}</div>' if "hint" in node else ""
            return f'<div class="input"><b>{text_of(node["label"])}{optional}</b>{element(node["element"])}{hint}</div>'
    if "fields" in node:
        return f'<div class="fields">{"".join(f"<div>{text_of(part)}</div>" for part in node["fields"])}</div>'
    accessory = element(node["accessory"]) if "accessory" in node else ""
    return f'<div class="section"><div>{text_of(node["text"])}</div>{accessory}</div>'


def page(drawn: Json, *, dark: bool) -> str:
    body = "".join(block(node) for node in drawn["blocks"])
    if "title" in drawn:
        buttons = "".join(
            f'<span class="button">{text_of(drawn[name])}</span>' for name in ("close", "submit") if name in drawn
        )
        body = f'<div class="modal"><h1>{text_of(drawn["title"])}</h1>{body}<div class="actions">{buttons}</div></div>'
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body class="{"dark" if dark else ""}">{body}'


def url(number: int) -> str:
    return f"https://desk.example/tickets/{number}"


ADVICE = Suggestion(
    category=Category.BUG,
    priority=Priority.HIGH,
    reasoning="Something that worked has stopped working, for everybody who exports.",
    related_skills=("exports", "background jobs"),
    confidence=0.86,
    model="local",
)
SIMILAR = [
    SimilarTicket(
        ticket_id=8,
        number=8,
        title="CSV export has only the header",
        category=Category.BUG,
        description="",
        resolution="Clear the export cache under Settings, then start the export again.",
        score=0.92,
    ),
    SimilarTicket(
        ticket_id=5,
        number=5,
        title="Report is empty on the first of the month",
        category=None,
        description="",
        resolution="Choose the time zone of the workspace.",
        score=0.61,
    ),
]


def examples() -> dict[str, Json]:
    ada, grace = Person(id=1, name="Ada Lovelace"), Person(id=2, name="Grace Hopper")
    ticket = example_ticket(
        title="Export to CSV is empty since Monday <!channel>",
        description="Every export I start ends with an empty file.\nThe page says “done”, & there is no error.",
        category=None,
        priority=Priority.LOW,
        created_by=ada,
    )
    sorted_ticket = replace(
        ticket, category=Category.BUG, priority=Priority.HIGH, status=Status.IN_PROGRESS, assigned_to=grace, revision=4
    )
    done = replace(
        sorted_ticket,
        status=Status.COMPLETED,
        is_public=True,
        resolution="The export ran before the nightly index was ready. It waits now.",
        helpful_notes="See the job export.nightly.",
    )
    reply = example_reply("Could you send me the name of one export?\nThen I can look at its log.", author=grace)
    drawn = {
        "card-new": ticket_card(ticket, advice=None, similar=(), similar_known=False, ticket_url=url),
        "card-sorted": ticket_card(sorted_ticket, advice=ADVICE, similar=SIMILAR, similar_known=True, ticket_url=url),
        "card-done": ticket_card(done, advice=ADVICE, similar=(), similar_known=True, ticket_url=url),
        "confirmation": conversation.confirmation(
            sorted_ticket, similar=SIMILAR, similar_known=True, ticket_url=url, others_can_read=False, advice=ADVICE
        ),
        "reply": conversation.reply_copy(ticket, reply, ticket_url=url),
        "resolution": conversation.resolution(done, ticket_url=url),
        "view": lists.ticket_view(done, [reply], ticket_url=url),
        "queue": lists.queue([ticket, sorted_ticket], QueueView.OPEN, ticket_url=url),
        "help-ticket": help_blocks.ticket_help(),
        "help-triage": help_blocks.triage_help(),
    }
    bug = new_ticket.FormLayout(kind="bug", kept=("reason",))
    entered = {"title": "CSV export is empty", "description": "Every export since Monday is empty."}
    views = {
        "form-solutions": new_ticket.redrawn(
            new_ticket.FormLayout(), entered, SIMILAR, templates=built_in_templates(), ticket_url=url
        ),
        "form-bug": new_ticket.redrawn(
            bug,
            entered | {"field:long:reason": "I would not have to copy the rows by hand."},
            (),
            templates=built_in_templates(),
            ticket_url=url,
        ),
        "form-solved": new_ticket.solved_view(8, SIMILAR[0].title, ticket_url=url),
        "form-edit": own_ticket.edit_modal(ticket),
        "form-new": new_ticket.new_ticket_modal(ticket.description),
        "form-resolve": modals.resolve_modal(done),
        "form-reply": modals.reply_modal(12),
    }
    views["home"] = home_view(
        HomeContent(mine=[done], assigned=[sorted_ticket], unassigned=[ticket], numbers=dict.fromkeys(Status, 3)),
        ticket_url=url,
        admin_url=url(0),
    )
    return {name: {"blocks": message.blocks} for name, message in drawn.items()} | views


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "slack-cards")
    folder.mkdir(parents=True, exist_ok=True)
    browser = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    for name, drawn in examples().items():
        for theme in ("light", "dark"):
            source = folder / f"{name}-{theme}.html"
            source.write_text(page(drawn, dark=theme == "dark"))
            if browser:
                picture = f"--screenshot={folder / f'{name}-{theme}.png'}"
                flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=660,1100", picture]
                subprocess.run([browser, *flags, source.resolve().as_uri()], check=True, capture_output=True)
    print(json.dumps({"drawn": len(examples()), "folder": str(folder), "pictures": browser is not None}))


if __name__ == "__main__":
    main()
