"""The audit page speaks in words, and in the person's zone."""

import re
from datetime import timedelta

from core.people.values import Role, system_actor
from core.tickets.queries import lock_ticket
from core.tickets.snoozing import snooze_ticket
from tests.web.web_desk import WebDesk


async def test_values_and_times_are_for_people(site: WebDesk) -> None:
    ada = await site.person("ada")
    await site.link_of(ada)  # purpose: handed_over
    await site.ticket(ada, title="set handed_over, 2026-03-02T09:00:00+00:00")
    admin = await site.signed_in_as(Role.ADMIN, "root")
    await admin.patch("/api/v1/users/profile", json={"time_zone": "Europe/Berlin"})
    assert (await admin.patch("/api/v1/tickets/1", json={"status": "in_progress"})).status == 200
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        await snooze_ticket(uow, await lock_ticket(uow, 1), until=site.clock.now() + timedelta(days=1))
        await uow.commit()
    page = await (await admin.get("/admin/audit")).text()
    assert "handed over</ins>" in page
    assert "in progress</ins>" in page
    assert "set handed_over, 2026-03-02T09:00:00+00:00" in page  # somebody's own words stay
    assert re.search(r'<ins>.*<time datetime="2026-03-03T09:00:00\+00:00">2026-03-03 10:00</time></ins>', page)
    values = re.findall(r"</span>([^<]*)</(?:ins|del)>", page)
    assert not [text for text in values if re.fullmatch(r"[a-z]+(_[a-z]+)+|\d{4}-\d\d-\d\dT.*", text)]
