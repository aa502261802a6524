"""What Slack would refuse in blocks and views: the limits once more, written down apart from the code under test.

Source: https://docs.slack.dev/reference/block-kit/ and https://docs.slack.dev/reference/views/
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

MESSAGE_BLOCKS = {"header", "section", "context", "divider", "actions"}
MODAL_BLOCKS = MESSAGE_BLOCKS - {"header"} | {"header", "input"}


_MOST_OPTIONS = {"static_select": 100, "checkboxes": 10, "radio_buttons": 10, "overflow": 5}


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "strict")) // 2


def problems_of_message(message: Json) -> list[str]:
    """Everything Slack would refuse in `{"text": …, "blocks": […]}`."""
    found = list(_text_problems("text", message.get("text", ""), 40_000))
    return found + problems_of_blocks(message.get("blocks", []), most=50, allowed=MESSAGE_BLOCKS)


def problems_of_view(view: Json) -> list[str]:
    found = problems_of_blocks(view["blocks"], most=100, allowed=MODAL_BLOCKS)
    for name in ("title", "close", "submit"):
        if name in view:
            found += _object_problems(name, view[name], 24, kinds=("plain_text",))
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        found.append("submit: missing in a view with inputs")
    found += _length_problems("private_metadata", view.get("private_metadata", ""), 3_000)
    found += _length_problems("callback_id", view["callback_id"], 255)
    return found


def problems_of_blocks(blocks: list[Json], *, most: int, allowed: set[str]) -> list[str]:
    found = [] if len(blocks) <= most else [f"blocks: {len(blocks)} > {most}"]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append("block_id: not unique")
    for index, block in enumerate(blocks):
        kind = block.get("type")
        if kind not in allowed:
            found.append(f"blocks[{index}]: type {kind}")
            continue
        found += [f"blocks[{index}] {problem}" for problem in _block_problems(block)]
    return found


def _block_problems(block: Json) -> Iterator[str]:
    yield from _length_problems("block_id", block.get("block_id", ""), 255)
    match block["type"]:
        case "header":
            yield from _object_problems("header", block["text"], 150, kinds=("plain_text",))
        case "section":
            yield from _section_problems(block)
        case "context":
            yield from _count_problems("elements", block["elements"], 10)
            for element in block["elements"]:
                yield from _object_problems("context", element, 3_000)
        case "actions":
            yield from _count_problems("elements", block["elements"], 25)
            action_ids = [element["action_id"] for element in block["elements"]]
            if len(action_ids) != len(set(action_ids)):
                yield "action_id: not unique"
            for element in block["elements"]:
                yield from _element_problems(element)
        case "input":
            yield from _object_problems("label", block["label"], 2_000, kinds=("plain_text",))
            if "hint" in block:
                yield from _object_problems("hint", block["hint"], 2_000, kinds=("plain_text",))
            yield from _element_problems(block["element"])


def _section_problems(block: Json) -> Iterator[str]:
    if "text" in block:
        yield from _object_problems("section", block["text"], 3_000)
    elif not block.get("fields"):
        yield "section: neither text nor fields"
    if "fields" in block:
        yield from _count_problems("fields", block["fields"], 10)
        for field in block["fields"]:
            yield from _object_problems("field", field, 2_000)
    if "accessory" in block:
        yield from _element_problems(block["accessory"])


def _element_problems(element: Json) -> Iterator[str]:
    yield from _length_problems("action_id", element["action_id"], 255)
    match element["type"]:
        case "button":
            yield from _button_problems(element)
        case "static_select" | "checkboxes" | "radio_buttons" | "overflow":
            yield from _option_problems(element)
        case "multi_users_select" | "users_select" | "datetimepicker":
            yield from _picker_problems(element)
        case "plain_text_input":
            longest = element.get("max_length", 3_000)
            if not 1 <= longest <= 3_000:
                yield f"max_length: {longest}"
            if "initial_value" in element:
                yield from _length_problems("initial_value", element["initial_value"], longest)
        case "file_input":
            if not 1 <= element.get("max_files", 10) <= 10:
                yield f"max_files: {element['max_files']}"
        case kind:
            yield f"element: type {kind}"


def _button_problems(element: Json) -> Iterator[str]:
    yield from _object_problems("button", element["text"], 75, kinds=("plain_text",))
    yield from _length_problems("value", element.get("value", ""), 2_000)
    yield from _length_problems("url", element.get("url", ""), 3_000)
    if "confirm" in element:
        for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            yield from _object_problems(f"confirm {name}", element["confirm"][name], most)
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield f"style: {element['style']}"


def _picker_problems(element: Json) -> Iterator[str]:
    if "placeholder" in element:
        yield from _object_problems("placeholder", element["placeholder"], 150, kinds=("plain_text",))
    strangers = [user for user in element.get("initial_users", []) if not user.startswith(("U", "W"))]
    yield from (f"initial user: {user}" for user in strangers)
    moment = element.get("initial_date_time", 10**9)
    if not (isinstance(moment, int) and len(str(moment)) == 10):
        yield f"initial_date_time: {moment}"


def _option_problems(element: Json) -> Iterator[str]:
    options = element["options"]
    yield from _count_problems("options", options, _MOST_OPTIONS[element["type"]])
    kinds = ("plain_text", "mrkdwn") if element["type"] in {"checkboxes", "radio_buttons"} else ("plain_text",)
    for option in options:
        yield from _object_problems("option", option["text"], 75, kinds=kinds)
        yield from _text_problems("option value", option["value"], 150)
    if "placeholder" in element:
        yield from _object_problems("placeholder", element["placeholder"], 150, kinds=("plain_text",))
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    for option in chosen:
        if option not in options:
            yield "initial option: none of the options"


def _object_problems(
    name: str, value: Json, most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> Iterator[str]:
    if value["type"] not in kinds:
        yield f"{name}: type {value['type']}"
    yield from _text_problems(name, value["text"], most)


def _text_problems(name: str, text: str, most: int) -> Iterator[str]:
    if not text.strip():
        yield f"{name}: no text"
    yield from _length_problems(name, text, most)


def _length_problems(name: str, text: str, most: int) -> Iterator[str]:
    try:
        size = units(text)
    except UnicodeEncodeError:
        yield f"{name}: lone surrogate"
        return
    if "\x00" in text:
        yield f"{name}: NUL"
    if size > most:
        yield f"{name}: {size} > {most}"


def _count_problems(name: str, items: list[Any], most: int) -> Iterator[str]:
    if not items:
        yield f"{name}: empty"
    if len(items) > most:
        yield f"{name}: {len(items)} > {most}"
