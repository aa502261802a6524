"""Every limit of Slack that our cards and calls could meet, in one place.

Source: https://docs.slack.dev/reference/block-kit/ (blocks, block-elements, composition-objects),
https://docs.slack.dev/reference/views/ and https://docs.slack.dev/reference/methods/chat.postMessage.
Texts are counted in UTF-16 units, the strictest reading of "characters".
"""

MESSAGE_BLOCKS = 50
MODAL_BLOCKS = 100

MESSAGE_TEXT = 4_000
"""Slack cuts longer fallback texts by itself at 40,000; 4,000 is what it asks for."""

SECTION_TEXT = 3_000
SECTION_FIELDS = 10
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3_000
ACTIONS_ELEMENTS = 25

BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
PLACEHOLDER = 150
OPTIONS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
INITIAL_USERS = 20
"""More than a ticket has participants; Slack itself sets no limit."""
FILES = 10
OVERFLOW_OPTIONS = 5
RADIO_OPTIONS = 10
INPUT_LABEL = 2_000
INPUT_HINT = 2_000
INPUT_VALUE = 3_000
"""Longest text that a plain text input holds, typed or prefilled."""

MODAL_TITLE = 24
MODAL_BUTTON = 24

VIEW_CALL_SECONDS = 2.0
"""A trigger expires 3 s after the click; one call of 2 s leaves time to answer."""
WEB_API_SECONDS = 10.0
FILE_SECONDS = 120.0
FILE_CHUNK = 65_536
