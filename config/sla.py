"""What is promised to requesters: its settings, and the policy that follows from them."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from config.business_hours import Holidays, Hours, ZoneName, business_hours
from config.setting_types import Times, times_in
from core.sla.values import SlaPolicy


class SlaSettings(BaseSettings):
    """A part of `config.settings.Settings`."""

    sla_first_response: Times = Field(
        "high=1h, medium=4h, low=1d", description="time to the first answer, by priority; none promises nothing"
    )
    sla_resolution: Times = Field(
        "high=8h, medium=3d, low=7d", description="time to the solution, by priority; none promises nothing"
    )
    sla_business_hours: Hours = Field(
        "", description="when promises count, like Mon-Fri 09:00-17:00; default around the clock"
    )
    sla_time_zone: ZoneName = Field("UTC", description="the zone of SLA_BUSINESS_HOURS, like Europe/Berlin")
    sla_holidays: Holidays = Field(
        "", description="days that do not count, apart by commas: 2026-04-03, or 12-25 for every year"
    )
    sla_warn_at: Annotated[float, Field(ge=0.1, le=0.99)] = Field(
        0.75, description="share of the time promised after which a ticket is due soon, 0.1 to 0.99"
    )
    sla_alerts: bool = Field(
        default=True, description="tell assignees, or moderators, when a promise is due soon and when it is broken"
    )


def sla_of(settings: SlaSettings) -> SlaPolicy:
    """What is promised, and the working time in which it counts."""
    hours = business_hours(settings.sla_business_hours, settings.sla_time_zone, settings.sla_holidays)
    return SlaPolicy(
        first_response=times_in(settings.sla_first_response, day=hours.day),
        resolution=times_in(settings.sla_resolution, day=hours.day),
        hours=hours,
        warn_at=settings.sla_warn_at,
        alerts=settings.sla_alerts,
    )
