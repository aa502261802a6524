"""`/api/v1/users/profile`: oneself."""

from zoneinfo import available_timezones

from core.errors import InvalidInputError
from core.people.actions import change_profile
from core.people.queries import get_user
from webhooks import sign_in
from webhooks.api.auth import me, profile
from webhooks.api.schemas import ProfileAnswer, ProfileChange
from webhooks.site import Visit


async def read_profile(visit: Visit) -> ProfileAnswer:
    """One's own profile."""
    return await me(visit)


async def change(visit: Visit, body: ProfileChange) -> ProfileAnswer:
    """Change name, skills, time zone, or the password (which ends one's other sessions)."""
    if not body.model_fields_set:
        raise InvalidInputError("There is nothing to change.")
    check_time_zone(body.time_zone)
    if body.new_password is not None:
        await sign_in.change_password(visit, body.current_password or "", body.new_password)
    async with visit.unit_of_work() as uow:
        user = await get_user(uow, visit.person.user_id)
        if body.model_fields_set - {"current_password", "new_password"}:
            await change_profile(uow, user, full_name=body.full_name, skills=body.skills, time_zone=body.time_zone)
        await uow.commit()
        return profile(user)


def check_time_zone(name: str | None) -> None:
    """Raises InvalidInputError where there is no zone of this name; empty means the browser's own."""
    if name and name not in available_timezones():
        raise InvalidInputError(
            f"There is no time zone {name}.", field="time_zone", mend="Write it like Europe/Berlin."
        )
