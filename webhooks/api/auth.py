"""`/api/v1/auth/…`: registering, signing in and out."""

from core.people.actions import NewPerson
from core.people.magic_links import LinkPurpose
from core.people.models import User
from core.people.queries import get_user
from webhooks import sign_in
from webhooks.api.schemas import (
    Address,
    Credentials,
    LinkToken,
    NewPassword,
    Notice,
    ProfileAnswer,
    Registration,
    SignedInAnswer,
)
from webhooks.site import Visit

_LINK_MAILED = "If somebody here has this address, a link is on its way to it."


async def register(visit: Visit, body: Registration) -> Notice:
    """Create an account with the role user. The mail address has to be confirmed by the link that is mailed to it."""
    new = NewPerson(username=body.username, email=body.email, full_name=body.full_name)
    await sign_in.join(visit, new, body.password)
    return Notice(detail=f"Welcome. Please open the link that is on its way to {body.email.strip()}.")


async def login(visit: Visit, body: Credentials) -> SignedInAnswer:
    """Sign in with a password. A browser gets a cookie as well."""
    await sign_in.with_password(visit, body.name, body.password)
    return await _signed_in(visit)


async def logout(visit: Visit) -> None:
    """End this session at once."""
    await sign_in.out(visit)


async def me(visit: Visit) -> ProfileAnswer:
    """Who is signed in."""
    async with visit.reading() as reading:
        return profile(await get_user(reading, visit.person.user_id))


async def verify_email(visit: Visit, body: LinkToken) -> Notice:
    """Confirm a mail address with the token of the mailed link."""
    await sign_in.confirm_address(visit, body.token)
    return Notice(detail="The address is confirmed.")


async def magic_link(visit: Visit, body: Address) -> Notice:
    """Have a one-time sign-in link mailed; it is good for 15 minutes."""
    await sign_in.mail_link(visit, body.email, LinkPurpose.SIGN_IN)
    return Notice(detail=_LINK_MAILED)


async def redeem_magic_link(visit: Visit, body: LinkToken) -> SignedInAnswer:
    """Sign in with the token of a mailed link, once."""
    await sign_in.with_link(visit, body.token)
    return await _signed_in(visit)


async def forgot_password(visit: Visit, body: Address) -> Notice:
    """Have a link mailed by which a new password can be chosen; it is good for 15 minutes."""
    await sign_in.mail_link(visit, body.email, LinkPurpose.RESET_PASSWORD)
    return Notice(detail=_LINK_MAILED)


async def reset_password(visit: Visit, body: NewPassword) -> Notice:
    """Choose a new password with the token of the mailed link. Every session ends."""
    await sign_in.reset_password(visit, body.token, body.password)
    return Notice(detail="The password is changed. Please sign in with it.")


async def _signed_in(visit: Visit) -> SignedInAnswer:
    claims = visit.site.tokens.read(visit.new_token)
    async with visit.reading() as reading:
        user = await get_user(reading, visit.person.user_id)
    return SignedInAnswer(
        token=visit.new_token,
        expires_in=int((claims.expires_at - claims.issued_at).total_seconds()),
        user=profile(user),
    )


def profile(user: User) -> ProfileAnswer:
    """Somebody as they may see themselves."""
    return ProfileAnswer(
        id=user.id,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified,
        full_name=user.full_name,
        role=user.role,
        skills=user.skills,
        time_zone=user.time_zone,
    )
