"""Joining the IMAP door: the mailbox of the settings, how it is signed in to, and a look at it for the doctor."""

from bot.email.imap import ImapDoor
from bot.email.imap_account import AfterKind, ImapAccount, read_account, read_after
from bot.email.imap_fetch import Fetch
from bot.email.imap_mailbox import ImapMailbox
from bot.email.imap_oauth import AccessTokens, Grant, KeptToken
from config.settings import Settings
from core.clock import Clock
from core.desk import Desk
from core.errors import ConfigurationError
from core.mailboxes.held import HeldMailbox


def build_imap(desk: Desk, settings: Settings) -> ImapDoor:
    """The door to the mailbox of IMAP_URL, not yet reading.

    Raises:
        ConfigurationError: IMAP_URL or IMAP_AFTER cannot be understood.
    """
    account, after = _account(settings), read_after(settings.imap_after)
    held = HeldMailbox(account.name, unit_of_work=desk.unit_of_work, reading=desk.reading)
    fetch = Fetch(
        desk.intake,
        held,
        account,
        after=after,
        max_size=settings.smtp_max_size,
        home=settings.support_address,
        clock=desk.clock,
    )
    return ImapDoor(
        account,
        fetch,
        held,
        connect=lambda: ImapMailbox(account),
        after=after,
        clock=desk.clock,
        tokens=_tokens(settings, desk.clock),
    )


async def look_at_mailbox(settings: Settings, clock: Clock) -> str:
    """Sign in and open the folder, changing nothing; what was found.

    Raises:
        ConfigurationError: the sign-in or the folder is refused, or a setting cannot be understood.
        TryAgainLaterError: the server cannot be reached.
    """
    account, after = _account(settings), read_after(settings.imap_after)
    tokens = _tokens(settings, clock)
    mailbox = ImapMailbox(account)
    try:
        await mailbox.open(await tokens.current() if tokens else None)
        folder = await mailbox.select()
        unread = await mailbox.search(1, max(1, folder.uid_next - 1), unread=True)
    finally:
        await mailbox.close()
    waits = "hears of new mail at once" if mailbox.can_idle else "is asked for new mail every minute"
    then = f"moved to {after.folder}" if after.kind is AfterKind.MOVE else after.kind.value
    return f"{account.name} {waits}, {len(unread)} unread, then {then}"


def _account(settings: Settings) -> ImapAccount:
    account = read_account(settings.imap_url.get_secret_value() if settings.imap_url else "")
    if not account.password and settings.imap_oauth_refresh_token is None:
        raise ConfigurationError("IMAP_URL names no password.", mend="Add it, or set IMAP_OAUTH_REFRESH_TOKEN.")
    return account


def _tokens(settings: Settings, clock: Clock) -> AccessTokens | None:
    """What signs in by XOAUTH2; None where the mailbox has a password."""
    refresh_token, url = settings.imap_oauth_refresh_token, settings.imap_oauth_token_url
    if refresh_token is None or url is None:
        return None
    secret = settings.imap_oauth_client_secret
    grant = Grant(
        token_url=url,
        client_id=settings.imap_oauth_client_id or "",
        client_secret=secret.get_secret_value() if secret else "",
        refresh_token=refresh_token.get_secret_value(),
    )
    return AccessTokens(grant, KeptToken(settings.data_dir / "imap-oauth.json", grant.refresh_token), clock)
