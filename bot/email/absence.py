"""Automatic answers that no header tells of, known by what their subject and first lines say. Unsure means a person."""

import re

from bot.email import absence_words
from bot.email.attributions import any_of
from bot.email.automatic import has_precedence, is_list, suppressed_answers
from bot.email.parse import ParsedMail

# ruff: noqa: RUF001 (quotation marks and brackets of other scripts are meant)

_OPENING = 1500  # characters of the text in which an absence is told
_FIRST_WORDS = 250  # characters in which an answer says of itself that it is automatic
_LONGEST_ENDING = 120  # characters
_SENT_BY_RULE = "x-ms-exchange-inbox-rules-loop"  # on what a rule of Outlook answers, but on what it forwards, too
_VACATION_PRECEDENCE = frozenset({"bulk", "junk"})
_SUPPRESSES = frozenset({"oof", "autoreply"})

_SUBJECT = re.compile(rf"\s*(?:\[[^\]]{{0,40}}\]\s*)?(?:{any_of(absence_words.SUBJECTS)})", re.IGNORECASE)
_MARKED_SUBJECT = re.compile(rf"\s*[\[(【<](?:{any_of(absence_words.MARKS)})[\])】>]", re.IGNORECASE)
_SUBJECT_END = re.compile(
    rf"(?<!\w)(?:{any_of(absence_words.SUBJECT_ENDINGS)})[.!]?(?: \([^()]{{0,60}}\)\.?)?\s*$", re.IGNORECASE
)
# "Absence management …": more words, where an answer has a colon or nothing.
_SUBJECT_GOES_ON = re.compile(r"\w*\s+\w|[\u3040-\u9fff\uac00-\ud7af]{4}")
_QUESTION = re.compile(r"[?？؟]\W*$")
# In quotation marks somebody writes about such answers.
_UNQUOTED = r"(?<!['\"„“‘«])"
_TELLS = re.compile(rf"{_UNQUOTED}(?:{any_of(absence_words.PHRASES)})", re.IGNORECASE)
_STATES = re.compile(rf"{_UNQUOTED}(?:{any_of((*absence_words.STATEMENTS, *absence_words.ANSWERS))})", re.IGNORECASE)
_SAYS_AUTOMATIC = re.compile(rf"{_UNQUOTED}(?:{any_of(absence_words.ANSWERS)})", re.IGNORECASE)


def is_out_of_office(mail: ParsedMail, return_path: str | None) -> bool:
    """A subject that says so, in some language, and one more sign: people write about absence, too."""
    if _MARKED_SUBJECT.match(mail.subject):
        return True
    named = _SUBJECT.match(mail.subject)
    ending = _SUBJECT_END.search(mail.subject[-_LONGEST_ENDING:])
    if named is None and ending is None:
        return False
    suppressed = suppressed_answers(mail)
    if return_path == "" or "all" in suppressed:  # Outlook sets narrower ones on mails of people, too
        return True
    if named and ending and _word(named).startswith("auto"):
        return True  # `AUTO: Ada Lovelace is out of the office`
    return not _is_about(mail, named) and _has_another_sign(mail, suppressed, named)


def _is_about(mail: ParsedMail, named: re.Match[str] | None) -> bool:
    """Whether the subject asks a question, or goes on as that of a request does."""
    if _QUESTION.search(mail.subject) and not (mail.in_reply_to or mail.references):
        return True
    goes_on = named and not named[0].endswith(":") and _SUBJECT_GOES_ON.match(mail.subject, named.end())
    return bool(goes_on)


def _word(named: re.Match[str]) -> str:
    return named[0].strip().lower()


def _has_another_sign(mail: ParsedMail, suppressed: frozenset[str], named: re.Match[str] | None) -> bool:
    answers = bool(mail.in_reply_to or mail.references)
    opening = mail.text[:_OPENING]
    tells = bool(_TELLS.search(opening))
    if _STATES.search(opening):
        return True
    is_ambiguous = named is not None and _word(named) in absence_words.AMBIGUOUS
    sent_in_bulk = has_precedence(mail, _VACATION_PRECEDENCE) and not is_list(mail)
    asks_for_quiet = sent_in_bulk or bool(suppressed & _SUPPRESSES) or _SENT_BY_RULE in mail.headers
    return (asks_for_quiet and (answers or tells or not is_ambiguous)) or (answers and tells)


def says_it_is_automatic(mail: ParsedMail, return_path: str | None) -> bool:
    """An answer under the subject of what it answers: its first words say so, and a header asks for no answer."""
    suppressed = suppressed_answers(mail)
    if return_path != "" and not suppressed & {*_SUPPRESSES, "all"} and _SENT_BY_RULE not in mail.headers:
        return False
    if _SAYS_AUTOMATIC.search(mail.text[:_FIRST_WORDS]):
        return True
    return bool(mail.in_reply_to or mail.references) and bool(_STATES.search(mail.text[:_FIRST_WORDS]))
