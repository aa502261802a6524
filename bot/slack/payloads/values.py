"""What Slack tells us, as frozen values. Ids are Slack's; a `workspace_id` is the workspace the app is installed in."""

from dataclasses import dataclass, field

CHANNEL_IM = "im"


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackUser:
    """The person behind a payload, as far as the payload says."""

    workspace_id: str
    user_id: str
    name: str = ""

    @property
    def external_id(self) -> str:
        return f"{self.workspace_id}:{self.user_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackFile:
    file_id: str
    name: str
    content_type: str
    size: int
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SlashCommand:
    user: SlackUser
    channel_id: str
    command: str
    text: str
    trigger_id: str
    response_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageEvent:
    """A message or a mention. `text` is Slack's mrkdwn; `user` is None where only a bot is named.

    `edited_ts` is when its author last changed it, where it was read after that.
    """

    event_id: str
    user: SlackUser | None
    workspace_id: str
    channel_id: str
    channel_type: str
    ts: str
    text: str
    thread_ts: str = ""
    subtype: str = ""
    is_mention: bool = False
    sender_app_id: str = ""
    sender_bot_id: str = ""
    own_app_id: str = ""
    own_user_id: str = ""
    files: tuple[SlackFile, ...] = ()
    edited_ts: str = ""

    @property
    def is_thread_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def is_direct(self) -> bool:
        return self.channel_type == CHANNEL_IM

    @property
    def is_for_everybody(self) -> bool:
        """Said to a whole channel, to nobody by name and under no other message."""
        return not (self.is_direct or self.is_mention or self.is_thread_reply)

    @property
    def is_from_app(self) -> bool:
        return bool(self.sender_bot_id) or self.user is None

    @property
    def is_own(self) -> bool:
        """Written by this very app: an echo of what we posted."""
        by_app = bool(self.own_app_id) and self.sender_app_id == self.own_app_id
        return by_app or (self.user is not None and self.user.user_id == self.own_user_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageChange:
    """A message that stands in Slack already is edited or deleted. `ts` is the message's, `changed_ts` the change's."""

    event_id: str
    user: SlackUser | None
    workspace_id: str
    channel_id: str
    channel_type: str
    ts: str
    changed_ts: str
    thread_ts: str = ""
    sender_bot_id: str = ""

    @property
    def is_direct(self) -> bool:
        return self.channel_type == CHANNEL_IM

    @property
    def is_from_app(self) -> bool:
        return bool(self.sender_bot_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageEdited(MessageChange):
    """`previous_text` is None where Slack does not tell what stood there."""

    text: str
    previous_text: str | None
    own_user_id: str = ""
    files: tuple[SlackFile, ...] = ()
    previous_files: tuple[SlackFile, ...] = ()

    @property
    def says_the_same(self) -> bool:
        """Slack also calls it a change when it unfolds a link or finds out the language."""
        return self.text == self.previous_text and self.files == self.previous_files


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageDeleted(MessageChange):
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """A reaction set or taken back, at `event_ts`. Slack does not send the message that it is on."""

    event_id: str
    user: SlackUser
    reaction: str
    channel_id: str
    message_ts: str
    event_ts: str = ""
    is_removed: bool = False
    own_user_id: str = ""

    @property
    def workspace_id(self) -> str:
        return self.user.workspace_id


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeOpened:
    event_id: str
    user: SlackUser
    tab: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLost:
    """The app was uninstalled or tokens were revoked: all of them or its bot's (`is_whole`), or a person's own.

    `told_at` is when, in seconds since 1970; 0 where Slack does not say.
    """

    event_id: str
    workspace_id: str
    cause: str
    told_at: int = 0
    is_whole: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelReadersChanged:
    """Another workspace has come into a channel, or has left it; or is about to, which gives the channel a `new_id`."""

    event_id: str
    workspace_id: str
    channel_id: str
    new_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenView:
    """A modal as it stood when something was typed, chosen or pressed in it. `hash` changes with every update of ours.

    `values`: block id -> what it holds; several choices are joined by a comma. `files`: the same for chosen files.
    """

    view_id: str
    callback_id: str
    hash: str = ""
    private_metadata: str = ""
    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[SlackFile, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinksShared:
    """Addresses of this desk in a message. `is_with_app`: the app is in that conversation."""

    event_id: str
    user: SlackUser
    channel_id: str
    message_ts: str
    is_with_app: bool
    addresses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockAction:
    """One press of a button or choice in a menu. `value` is the button's value or what was chosen.

    `view` is the modal that it was done in, None on a message or the Home tab.
    """

    user: SlackUser
    action_id: str
    block_id: str
    value: str
    trigger_id: str
    response_url: str = ""
    channel_id: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    view_id: str = ""
    view: OpenView | None = None
    is_ephemeral: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewSubmission:
    """A modal that was sent; `values` and `files` as in `OpenView`."""

    user: SlackUser
    view_id: str
    callback_id: str
    private_metadata: str = ""
    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[SlackFile, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class GlobalShortcut:
    user: SlackUser
    callback_id: str
    trigger_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageShortcut:
    """A shortcut on a message; `author_id` wrote the message, `user` chose the shortcut."""

    user: SlackUser
    callback_id: str
    trigger_id: str
    channel_id: str
    message_ts: str
    text: str
    thread_ts: str = ""
    author_id: str = ""
    response_url: str = ""
    files: tuple[SlackFile, ...] = ()


Event = (
    MessageEvent
    | MessageEdited
    | MessageDeleted
    | Reaction
    | HomeOpened
    | AccessLost
    | LinksShared
    | ChannelReadersChanged
)
Interaction = BlockAction | ViewSubmission | GlobalShortcut | MessageShortcut
Payload = SlashCommand | Event | Interaction
