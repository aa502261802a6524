"""What this process knows of the forms that people have open, so that the newest words win and no view is overtaken."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.slack.blocks.form_layout import FormLayout
from core.search.values import SimilarTicket

SETTLE_SECONDS = 0.4
"""How long the keys must rest before anything is searched for."""
_MOST_FORMS = 2_000
_MOST_UPDATES = 200  # remembered of one form


@dataclass(slots=True)
class OpenForm:
    """One open form. `turn` counts what came from it; `searched` is what the shown solutions were found for."""

    turn: int = 0
    searched: tuple[str, str] = ("", "")
    similar: Sequence[SimilarTicket] = ()
    layout: FormLayout | None = None
    updating: asyncio.Lock = field(default_factory=asyncio.Lock)
    _followed_by: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def newest_hash(self, told: str) -> str:
        """The view's hash by now, where something was sent before the last update had arrived there."""
        for _ in range(_MOST_UPDATES):
            if told not in self._followed_by:
                break
            told = self._followed_by[told]
        return told

    def updated(self, before: str, after: str, layout: FormLayout, similar: Sequence[SimilarTicket]) -> None:
        """Note an update of ours that Slack took."""
        self.layout, self.similar = layout, similar
        if after and after != before:
            self._followed_by[before] = after
            if len(self._followed_by) > _MOST_UPDATES:
                self._followed_by.popitem(last=False)


class OpenForms:
    """The newest forms by view id. Another process may serve the same form: then Slack's hash tells who was first."""

    def __init__(self, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        self.settle_seconds = settle_seconds
        self._forms: OrderedDict[str, OpenForm] = OrderedDict()

    def of(self, view_id: str) -> OpenForm:
        form = self._forms.setdefault(view_id, OpenForm())
        self._forms.move_to_end(view_id)
        if len(self._forms) > _MOST_FORMS:
            self._forms.popitem(last=False)
        return form
