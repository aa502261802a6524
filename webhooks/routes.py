"""Every path of this desk on one page: who may come in, and where each leads."""

from collections.abc import Awaitable, Callable
from typing import Any

from core.people.values import Permission
from webhooks import operations
from webhooks.api import admin as api_admin
from webhooks.api import auth, comments, openapi, stats, users
from webhooks.api import participants as api_participants
from webhooks.api import quarantine as api_quarantine
from webhooks.api import similar as api_similar
from webhooks.api import tickets as api_tickets
from webhooks.inbound import mailgun, postmark, raw, resend, sendgrid, ses
from webhooks.pages import (
    account,
    audit,
    formatted,
    jobs,
    new_ticket,
    overview,
    own_ticket,
    people,
    quarantine,
    registering,
    satisfaction,
    several,
    sign_in,
    similar,
    similar_numbers,
    ticket,
    ticket_files,
    tickets,
    working,
)
from webhooks.routing import Access, Door, Route

ANYBODY, SIGNED_IN = Access.ANYBODY, Access.SIGNED_IN
WORK_TICKETS, SUBMIT_TICKET = Permission.WORK_TICKETS, Permission.SUBMIT_TICKET
SEE_AUDIT, MANAGE_PEOPLE, MANAGE_JOBS = Permission.SEE_AUDIT, Permission.MANAGE_PEOPLE, Permission.MANAGE_JOBS
MANAGE_QUARANTINE = Permission.MANAGE_QUARANTINE

Endpoint = Callable[..., Awaitable[Any]]
FEEDBACK = "{token:[A-Za-z0-9_.-]{20,200}}"
NUMBER = "{number:[0-9]{1,9}}"
SIMILAR = "{similar:[0-9]{1,9}}"
SHOWING = "{showing:[0-9]{1,18}}"
WORD = "{token:[^/{}]{1,200}}"  # of an operator's own choice
PERSON = "{user:[0-9]{1,9}}"
MESSAGE = "{message:[0-9]{1,18}}"


def _page(method: str, path: str, endpoint: Endpoint, needs: Access | Permission) -> Route:
    return Route(method=method, path=path, endpoint=endpoint, door=Door.PAGE, needs=needs)


def _api(
    method: str,
    path: str,
    endpoint: Endpoint,
    needs: Access | Permission,
    *,
    status: int = 200,
    is_upload: bool = False,
) -> Route:
    return Route(
        method=method,
        path=f"/api/v1{path}",
        endpoint=endpoint,
        door=Door.API,
        needs=needs,
        status=status,
        is_upload=is_upload,
    )


def _plain(path: str, endpoint: Endpoint) -> Route:
    return Route(method="GET", path=path, endpoint=endpoint, door=Door.PLAIN, needs=ANYBODY)


def _hook(path: str, endpoint: Endpoint) -> Route:
    return Route(method="POST", path=path, endpoint=endpoint, door=Door.HOOK, needs=ANYBODY)


OPERATIONS = (
    _plain("/healthz", operations.healthz),
    _plain("/readyz", operations.readyz),
    _plain("/metrics", operations.metrics),
    _plain("/static/{name:[a-z.]{1,40}}", operations.static),
    _plain("/api/openapi.json", openapi.document),
)

PAGES = (
    _page("GET", "/", operations.front_door, ANYBODY),
    _page("GET", "/login", sign_in.show, ANYBODY),
    _page("POST", "/login", sign_in.sign_in_with_password, ANYBODY),
    _page("POST", "/login/link", sign_in.mail_link, ANYBODY),
    _page("GET", "/register", registering.show, ANYBODY),
    _page("POST", "/register", registering.register, ANYBODY),
    _page("GET", "/auth/magic-link/{token}", sign_in.show_link, ANYBODY),
    _page("POST", "/auth/magic-link/{token}", sign_in.redeem_link, ANYBODY),
    _page("POST", "/logout", sign_in.sign_out, ANYBODY),
    _page("GET", f"/satisfaction/{FEEDBACK}", satisfaction.show, ANYBODY),
    _page("POST", f"/satisfaction/{FEEDBACK}", satisfaction.record, ANYBODY),
    _page("POST", f"/tickets/{NUMBER}/satisfaction", satisfaction.rate, SIGNED_IN),
    _page("GET", f"/similar/{FEEDBACK}", similar.show, ANYBODY),
    _page("POST", f"/similar/{FEEDBACK}", similar.record, ANYBODY),
    _page("GET", "/account", account.show, SIGNED_IN),
    _page("POST", "/account", account.change, SIGNED_IN),
    _page("POST", "/account/password", account.change_password, SIGNED_IN),
    _page("GET", "/tickets", tickets.show_list, SIGNED_IN),
    _page("POST", "/tickets/several", several.change, WORK_TICKETS),
    _page("GET", "/tickets/new", new_ticket.show, SUBMIT_TICKET),
    _page("POST", "/tickets/new", new_ticket.submit, SUBMIT_TICKET),
    _page("GET", f"/tickets/{NUMBER}", ticket.show, SIGNED_IN),
    _page("GET", f"/tickets/{NUMBER}/attachments/{{attachment:[0-9]{{1,9}}}}", ticket_files.read_file, SIGNED_IN),
    _page(
        "POST", f"/tickets/{NUMBER}/attachments/{{attachment:[0-9]{{1,9}}}}/scan", ticket_files.check_file, WORK_TICKETS
    ),
    _page(
        "POST",
        f"/tickets/{NUMBER}/attachments/{{attachment:[0-9]{{1,9}}}}/release",
        ticket_files.give_out_file,
        WORK_TICKETS,
    ),
    _page("GET", f"/tickets/{NUMBER}/formatted", formatted.show_description, SIGNED_IN),
    _page("GET", f"/tickets/{NUMBER}/replies/{{reply:[0-9]{{1,9}}}}/formatted", formatted.show_reply, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/replies", ticket.write, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/take", ticket.take, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/sort", ticket.sort, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/advice", working.accept_advice, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/snooze", working.snooze, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/wake", working.wake, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/merge", working.merge, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/people", ticket.add_person, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/people/{PERSON}/remove", ticket.remove_person, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/resolve", ticket.resolve, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/reopen", ticket.reopen, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/delete", ticket.delete, WORK_TICKETS),
    _page("POST", f"/tickets/{NUMBER}/restore", ticket.restore, WORK_TICKETS),
    _page("GET", f"/tickets/{NUMBER}/edit", own_ticket.show_edit, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/edit", own_ticket.edit, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/similar/{SIMILAR}", own_ticket.judge, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/withdraw", own_ticket.withdraw, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/leave", own_ticket.leave, SIGNED_IN),
    _page("POST", f"/tickets/{NUMBER}/visibility", own_ticket.set_visibility, SIGNED_IN),
    _page("GET", "/admin", overview.show, MANAGE_PEOPLE),
    _page("GET", "/admin/audit", audit.show, SEE_AUDIT),
    _page("GET", "/admin/users", people.show_users, MANAGE_PEOPLE),
    _page("POST", "/admin/users", people.add_user, MANAGE_PEOPLE),
    _page("POST", "/admin/users/{user:[0-9]{1,9}}", people.change_user, MANAGE_PEOPLE),
    _page("GET", "/admin/similar", similar_numbers.show, MANAGE_PEOPLE),
    _page("GET", "/admin/jobs", jobs.show, MANAGE_JOBS),
    _page("POST", "/admin/jobs/{job:[0-9]{1,18}}/retry", jobs.retry, MANAGE_JOBS),
    _page("POST", "/admin/jobs/{job:[0-9]{1,18}}/discard", jobs.discard, MANAGE_JOBS),
    _page("GET", "/admin/quarantine", quarantine.show_list, MANAGE_QUARANTINE),
    _page("GET", f"/admin/quarantine/{MESSAGE}", quarantine.show, MANAGE_QUARANTINE),
    _page("GET", f"/admin/quarantine/{MESSAGE}/raw", quarantine.read_raw, MANAGE_QUARANTINE),
    _page("POST", f"/admin/quarantine/{MESSAGE}/release", quarantine.release, MANAGE_QUARANTINE),
    _page("POST", f"/admin/quarantine/{MESSAGE}/discard", quarantine.discard, MANAGE_QUARANTINE),
)

API = (
    _api("POST", "/auth/register", auth.register, ANYBODY, status=201),
    _api("POST", "/auth/login", auth.login, ANYBODY),
    _api("POST", "/auth/logout", auth.logout, ANYBODY, status=204),
    _api("GET", "/auth/me", auth.me, SIGNED_IN),
    _api("POST", "/auth/verify-email", auth.verify_email, ANYBODY),
    _api("POST", "/auth/magic-link", auth.magic_link, ANYBODY, status=202),
    _api("POST", "/auth/magic-link/redeem", auth.redeem_magic_link, ANYBODY),
    _api("POST", "/auth/password/forgot", auth.forgot_password, ANYBODY, status=202),
    _api("POST", "/auth/password/reset", auth.reset_password, ANYBODY),
    _api("POST", "/tickets", api_tickets.submit, SUBMIT_TICKET, status=201),
    _api("GET", "/tickets", api_tickets.list_all, SIGNED_IN),
    _api("GET", "/tickets/my", api_tickets.list_mine, SIGNED_IN),
    _api("POST", "/tickets/similar", api_similar.similar, SIGNED_IN),
    _api("POST", f"/tickets/similar/{SHOWING}/{NUMBER}/feedback", api_similar.judge, SIGNED_IN),
    _api("POST", f"/tickets/{NUMBER}/similar/{SIMILAR}/feedback", api_similar.judge_on_ticket, SIGNED_IN),
    _api("GET", f"/tickets/{NUMBER}", api_tickets.read, SIGNED_IN),
    _api("PATCH", f"/tickets/{NUMBER}", api_tickets.change, SIGNED_IN),
    _api("DELETE", f"/tickets/{NUMBER}", api_tickets.delete, SIGNED_IN, status=204),
    _api("POST", f"/tickets/{NUMBER}/restore", api_tickets.restore, SIGNED_IN),
    _api("POST", f"/tickets/{NUMBER}/withdraw", api_tickets.withdraw, SIGNED_IN),
    _api("GET", f"/tickets/{NUMBER}/comments", comments.list_comments, SIGNED_IN),
    _api("POST", f"/tickets/{NUMBER}/comments", comments.comment, SIGNED_IN, status=201),
    _api("GET", f"/tickets/{NUMBER}/participants", api_participants.list_participants, WORK_TICKETS),
    _api("POST", f"/tickets/{NUMBER}/participants", api_participants.add, WORK_TICKETS, status=201),
    _api("DELETE", f"/tickets/{NUMBER}/participants/{PERSON}", api_participants.remove, SIGNED_IN, status=204),
    _api("GET", f"/tickets/{NUMBER}/attachments", comments.list_files, SIGNED_IN),
    _api("POST", f"/tickets/{NUMBER}/attachments", comments.attach, SIGNED_IN, status=201, is_upload=True),
    _api("GET", f"/tickets/{NUMBER}/attachments/{{attachment:[0-9]{{1,9}}}}", comments.read_file, SIGNED_IN),
    _api("GET", "/users/profile", users.read_profile, SIGNED_IN),
    _api("PATCH", "/users/profile", users.change, SIGNED_IN),
    _api("GET", "/admin/users", api_admin.users, MANAGE_PEOPLE),
    _api("POST", "/admin/users", api_admin.add_user, MANAGE_PEOPLE, status=201),
    _api("PATCH", "/admin/users/{user:[0-9]{1,9}}", api_admin.change_user, MANAGE_PEOPLE),
    _api("GET", "/admin/audit-logs", api_admin.audit_logs, SEE_AUDIT),
    _api("GET", "/admin/ai-usage", api_admin.ai_usage, SEE_AUDIT),
    _api("GET", "/admin/stats", stats.stats, MANAGE_PEOPLE),
    _api("GET", "/admin/jobs", api_admin.jobs, MANAGE_JOBS),
    _api("POST", "/admin/jobs/{job:[0-9]{1,18}}/retry", api_admin.retry, MANAGE_JOBS),
    _api("POST", "/admin/jobs/{job:[0-9]{1,18}}/discard", api_admin.discard, MANAGE_JOBS),
    _api("GET", "/admin/quarantine", api_quarantine.list_messages, MANAGE_QUARANTINE),
    _api("POST", f"/admin/quarantine/{MESSAGE}/release", api_quarantine.release, MANAGE_QUARANTINE),
    _api("POST", f"/admin/quarantine/{MESSAGE}/discard", api_quarantine.discard, MANAGE_QUARANTINE),
)

HOOKS = (
    _hook("/webhooks/email/raw", raw.accept),
    _hook("/webhooks/email/resend", resend.accept),
    _hook("/webhooks/email/postmark", postmark.accept),
    _hook(f"/webhooks/email/postmark/{WORD}", postmark.accept),
    _hook("/webhooks/email/mailgun", mailgun.accept),
    _hook("/webhooks/email/mailgun/mime", mailgun.accept),  # Mailgun posts raw mail where the address ends so
    _hook("/webhooks/email/sendgrid", sendgrid.accept),
    _hook(f"/webhooks/email/sendgrid/{WORD}", sendgrid.accept),
    _hook("/webhooks/email/ses", ses.accept),
)

ROUTES = (*OPERATIONS, *PAGES, *API, *HOOKS)
