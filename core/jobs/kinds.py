"""Every sort of job on one page. What each does stands in its capability's `jobs.py`."""

from datetime import timedelta

from core.jobs.values import JobKind, Lane

INTAKE_PROCESS = JobKind("intake.process", Lane.INTAKE, max_attempts=12)  # about an hour of a full disk
INTAKE_FETCH = JobKind("intake.fetch", Lane.FETCH, max_attempts=14, timeout=timedelta(minutes=3))
READ_THREAD = JobKind("intake.read_thread", Lane.FETCH, max_attempts=24)
WATCH_MAIL = JobKind("intake.watch_mail", Lane.UPKEEP, max_attempts=2)
DROP_RAW = JobKind("intake.drop_raw", Lane.UPKEEP, max_attempts=3, timeout=timedelta(minutes=10))
DELIVER = JobKind("conversations.deliver", Lane.DELIVERY, max_attempts=48)  # a day and a half of an absent relay
REFRESH = JobKind("conversations.refresh", Lane.REFRESH, max_attempts=16)
DELIVERY_EVENT = JobKind("conversations.delivery_event", Lane.DELIVERY, max_attempts=8)
WATCH_CHANNELS = JobKind("conversations.watch_channels", Lane.FETCH, max_attempts=8)
PREVIEW = JobKind("conversations.preview", Lane.FETCH, max_attempts=4)
PREVIEW_AGAIN = JobKind("conversations.preview_again", Lane.REFRESH, max_attempts=16)
END_GATHERING = JobKind("gathering.end", Lane.DELIVERY, max_attempts=12)
FETCH_FILE = JobKind("files.fetch", Lane.FETCH, max_attempts=8, timeout=timedelta(minutes=3))
SCAN_FILE = JobKind("files.scan", Lane.FETCH, max_attempts=24, timeout=timedelta(minutes=3))
LOOK_UP = JobKind("people.look_up", Lane.FETCH, max_attempts=4)
TICKETS_WAKE = JobKind("tickets.wake", Lane.UPKEEP, max_attempts=3)
WATCH_PROMISES = JobKind("sla.watch", Lane.UPKEEP, max_attempts=3)
RENEW_TOKENS = JobKind("installations.renew", Lane.FETCH, max_attempts=3)
TRIAGE_SUGGEST = JobKind("triage.suggest", Lane.AI, max_attempts=4, timeout=timedelta(seconds=90))
TRIAGE_LEARN = JobKind("triage.learn", Lane.UPKEEP, max_attempts=2, timeout=timedelta(minutes=20))
FIND_SIMILAR = JobKind("search.find_similar", Lane.AI, max_attempts=4)
SIMILAR_GONE = JobKind("search.similar_gone", Lane.INDEX, max_attempts=8)
SEARCH_INDEX = JobKind("search.index", Lane.INDEX, max_attempts=8)
SEARCH_LEARN = JobKind("search.learn", Lane.UPKEEP, max_attempts=2, timeout=timedelta(minutes=10))
SEARCH_REFRESH = JobKind("search.refresh", Lane.UPKEEP, max_attempts=3)
SEARCH_FORGET = JobKind("search.forget", Lane.UPKEEP, max_attempts=3, timeout=timedelta(minutes=10))
AUDIT_SEAL = JobKind("audit.seal", Lane.UPKEEP, max_attempts=3)
PURGE = JobKind("upkeep.purge", Lane.UPKEEP, max_attempts=3, timeout=timedelta(minutes=5))

ALL_KINDS = {
    kind.name: kind
    for kind in (
        INTAKE_PROCESS,
        INTAKE_FETCH,
        READ_THREAD,
        WATCH_MAIL,
        DROP_RAW,
        DELIVER,
        REFRESH,
        DELIVERY_EVENT,
        WATCH_CHANNELS,
        PREVIEW,
        PREVIEW_AGAIN,
        END_GATHERING,
        FETCH_FILE,
        SCAN_FILE,
        LOOK_UP,
        TICKETS_WAKE,
        WATCH_PROMISES,
        RENEW_TOKENS,
        TRIAGE_SUGGEST,
        TRIAGE_LEARN,
        FIND_SIMILAR,
        SIMILAR_GONE,
        SEARCH_INDEX,
        SEARCH_LEARN,
        SEARCH_REFRESH,
        SEARCH_FORGET,
        AUDIT_SEAL,
        PURGE,
    )
}
