"""Complexity, skills, and the sentences that explain advice: pure rules over the text of a ticket."""

import re
from collections.abc import Sequence

from core.tickets.values import Category, Complexity, Priority, category_label
from core.triage.category import Verdict
from core.triage.priority import Urgent
from core.triage.vocabulary import Vocabulary, pattern_of

SKILLS = 5
WORDS_SHOWN = 3
WORD_LENGTH_SHOWN = 40
LONG_TEXT = 2_500
_CALLED = {
    Category.BUG: "bug report",
    Category.FEATURE_REQUEST: "feature request",
    Category.QUESTION: "question",
    Category.PERFORMANCE: "performance problem",
}


def complexity_of(
    text: str, category: Category | None, priority: Priority, vocabulary: Vocabulary
) -> Complexity | None:
    """Simple for one known step, complex for what comes and goes or spans systems; None when nothing is known."""
    found = {entry.complexity for entry in vocabulary.difficulties if entry.pattern.found(text)}
    if Complexity.COMPLEX in found:
        return Complexity.COMPLEX
    if category is None and not found and priority is Priority.LOW:
        return None
    is_one_step = Complexity.SIMPLE in found or (category is Category.QUESTION and len(text) < LONG_TEXT)
    return Complexity.SIMPLE if is_one_step and priority is not Priority.HIGH else Complexity.MODERATE


def skills_of(text: str, known_skills: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The organization's own skills that the text names or means; where it has none, ours. Most often named first."""
    ours = {entry.name: entry.pattern.found(text) for entry in vocabulary.skills}
    meant = {name: len(words) for name, words in ours.items() if words}
    if not known_skills:
        return tuple(sorted(meant, key=lambda name: -meant[name])[:SKILLS])
    known = {skill: _mentions(skill, text, meant, vocabulary) for skill in known_skills}
    return tuple(sorted((skill for skill in known if known[skill]), key=lambda skill: -known[skill])[:SKILLS])


def _mentions(skill: str, text: str, meant: dict[str, int], vocabulary: Vocabulary) -> int:
    """How often a text speaks of a skill: by its own name, or by the words of our field that the name belongs to."""
    named = len(pattern_of([re.escape(skill.strip().lower())]).found(text)) if skill.strip() else 0
    fields = [
        meant[entry.name]
        for entry in vocabulary.skills
        if entry.name in meant and (entry.name == skill.casefold() or entry.pattern.found(skill))
    ]
    return 2 * named + max(fields, default=0)


def reasoning_for(verdict: Verdict, urgent: Urgent, closest: str, *, is_sure: bool, is_foreign: bool = False) -> str:
    """Why, in the words of the ticket."""
    likely = category_label(verdict.category)
    if is_foreign:
        category = "Unlike the tickets this desk has learned from, so what kind it is was left open."
    elif not is_sure:
        words = f" Nearest is {likely}{_because(verdict.words)}." if verdict.words else ""
        category = f"The text does not tell clearly what it is.{words}"
    elif verdict.words:
        category = f"Reads like a {_CALLED[verdict.category]}{_because(verdict.words)}."
    else:
        near = f"close to “{closest}”" if closest else "as tickets of this desk were sorted before"
        category = f"Reads like a {_CALLED[verdict.category]}: {near}."
    return f"{category} {_pressing(urgent)}"


def _pressing(urgent: Urgent) -> str:
    """How pressing it is said to be, with words that tell doubt apart."""
    if urgent.priority is None:
        return "How pressing it is, the text does not tell clearly, so the priority was left open."
    if not urgent.because:
        perhaps = f"; {urgent.rival.value} is not ruled out" if urgent.rival else ""
        return f"Nothing in it calls for more than low priority{perhaps}."
    evidence = _because(urgent.words)
    doubt = f", perhaps {urgent.rival.value}," if urgent.rival else ""
    return f"Priority {urgent.priority.value}{doubt} for {urgent.because}{evidence}."


def _because(words: Sequence[str]) -> str:
    shown: list[str] = []
    for word in sorted(words, key=len):
        if not any(shorter in word for shorter in shown):
            shown.append(word[:WORD_LENGTH_SHOWN].strip())
    return f": {', '.join(f'“{word}”' for word in shown[:WORDS_SHOWN])}" if shown else ""


_NEXT_STEPS: dict[Category | None, str] = {
    Category.BUG: "Ask for the exact message, the version and the steps that lead to it; ask whether others see it.",
    Category.FEATURE_REQUEST: "Ask what it would make possible and how it is done today; look for the same wish.",
    Category.QUESTION: "See whether a similar resolved ticket already holds the answer, and send it if so.",
    Category.PERFORMANCE: "Ask since when, how long it takes now and before, at what times and for how many people.",
    None: "Ask the requester what they expected and what happened instead.",
}
_FIRST_STEPS = {
    "a security problem": "Contain first: lock the account or device, keep the evidence, tell whoever guards security.",
    "an outage": "Check whether it is down for everybody, and tell those affected before looking for the cause.",
    "lost data": "Stop further writes where the data was, then look for the latest backup.",
    "a deadline within a day": "Agree with the requester on what has to work by then, and look for a way around.",
}


def next_step_for(category: Category | None, urgent: Urgent) -> str:
    """What the moderator might do first."""
    first = _FIRST_STEPS.get(urgent.because, "") if urgent.priority is not Priority.LOW else ""
    if first and category is Category.QUESTION:
        return first
    return f"{first} {_NEXT_STEPS[category]}".strip()
