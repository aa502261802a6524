"""Draws the cards and forms of the Slack door as pictures, to be looked at: `python bench/slack_cards.py FOLDER`.

Block Kit is drawn about as Slack does, light and dark beside each other, by a headless Chromium; the blocks come from
`bot/slack/blocks`. The emoji need a font (Debian: fonts-noto-color-emoji). docs/pictures/slack is drawn by this, then
made small: `pngquant --force --skip-if-larger --ext .png 32 docs/pictures/slack/*.png`.
"""

import asyncio
import html
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.slack_examples import NOW, examples

Json = dict[str, Any]
CHROMIUM = "/usr/bin/chromium"

STYLE = """
body { margin: 0; display: flex; width: 1280px; font: 15px/1.45 Lato, "DejaVu Sans", "Noto Color Emoji", sans-serif }
.sheet { box-sizing: border-box; width: 640px; padding: 16px }
.light { background: #fff; color: #1d1c1d }
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
    dated = re.sub(r"<!date\^([0-9]+)\^[^|>]*\|[^>]*>", lambda match: _as_a_reader_sees(int(match.group(1))), text)
    called = re.sub(r"<@(\w+)>", lambda match: f"<a>@{match.group(1).title()}</a>", dated)
    escaped = re.sub(r"<([^|>]+)\|([^>]+)>", r'<a href="\1">\2</a>', called)
    escaped = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", escaped))
    lines = [
        f"<blockquote>{line[2:]}</blockquote>" if line.startswith("> ") else f"{line}<br>"
        for line in escaped.split("\n")
    ]
    return "".join(lines).removesuffix("<br>")


def _as_a_reader_sees(timestamp: int) -> str:
    """Slack writes a moment in the reader's zone and calls the days next to today by their names."""
    at = datetime.fromtimestamp(timestamp, UTC)
    days = (at.date() - NOW.date()).days
    day = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days, f"{at:%b} {at.day}")
    return f"{day} at {at:%H:%M}"


def text_of(node: Json) -> str:
    return markup(node["text"]) if node["type"] == "mrkdwn" else html.escape(node["text"])


def element(node: Json) -> str:  # noqa: PLR0911 (one case a type)
    match node["type"]:
        case "button":
            return f'<span class="button {node.get("style", "")}">{text_of(node["text"])}</span>'
        case "static_select":
            shown = node.get("initial_option", {}).get("text") or node["placeholder"]
            return f'<span class="menu">{text_of(shown)} ▾</span>'
        case "users_select":
            return f'<span class="menu">{text_of(node["placeholder"])} ▾</span>'
        case "overflow":
            return '<span class="button">⋯</span>'
        case "file_input":
            return '<span class="button">📎 Add file</span>'
        case "datetimepicker":
            return '<span class="menu">📅 Select date</span> <span class="menu">🕘 Select time</span>'
        case "radio_buttons":
            chosen = node.get("initial_option")
            marks = ((option, "◉" if option == chosen else "○") for option in node["options"])
            return "".join(f"<div>{mark} {text_of(option['text'])}</div>" for option, mark in marks)
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


def sheet(drawn: Json, *, dark: bool) -> str:
    body = "".join(block(node) for node in drawn["blocks"])
    if "title" in drawn:
        buttons = "".join(
            f'<span class="button">{text_of(drawn[name])}</span>' for name in ("close", "submit") if name in drawn
        )
        body = f'<div class="modal"><h1>{text_of(drawn["title"])}</h1>{body}<div class="actions">{buttons}</div></div>'
    return f'<div class="sheet {"dark" if dark else "light"}">{body}</div>'


async def draw(folder: Path) -> int:
    """Every example as FOLDER/NAME.png; how many there are."""
    drawn = examples()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1280, "height": 400})
        for name, one in drawn.items():
            sheets = sheet(one, dark=False) + sheet(one, dark=True)
            await page.set_content(f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body>{sheets}')
            await page.locator("body").screenshot(path=folder / f"{name}.png")
        await browser.close()
    return len(drawn)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "slack-cards")
    folder.mkdir(parents=True, exist_ok=True)
    count = asyncio.run(draw(folder))
    size = sum(picture.stat().st_size for picture in folder.glob("*.png"))
    print(json.dumps({"drawn": count, "folder": str(folder), "bytes": size}))


if __name__ == "__main__":
    main()
