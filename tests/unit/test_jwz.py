"""The judge of our threads is judged itself."""

from email.message import EmailMessage

from tests.fakes.jwz import threads


def mail(own: str, *references: str, answers: str = "") -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{own}@x>"
    if references:
        message["References"] = " ".join(f"<{one}@x>" for one in references)
    if answers:
        message["In-Reply-To"] = f"<{answers}@x>"
    return message


def shape(*messages: EmailMessage) -> list[object]:
    def of(container: object) -> object:
        return (container.id.partition("@")[0], [of(child) for child in container.children])  # type: ignore[attr-defined]

    return [of(root) for root in threads(messages)]


def test_references_make_one_thread_in_any_order() -> None:
    expected = [("a", [("b", [("c", [])])])]
    messages = [mail("a"), mail("b", "a"), mail("c", "a", "b")]
    assert shape(*messages) == expected
    assert shape(*reversed(messages)) == expected


def test_what_is_only_referred_to_holds_siblings_together() -> None:
    assert shape(mail("b", "a"), mail("c", "a")) == [("a", [("b", []), ("c", [])])]
    assert shape(mail("c", "a", "b")) == [("c", [])]


def test_in_reply_to_counts_where_there_are_no_references() -> None:
    assert shape(mail("a"), mail("b", answers="a")) == [("a", [("b", [])])]


def test_mails_that_refer_to_nothing_in_common_are_apart() -> None:
    assert len(shape(mail("a"), mail("b"), mail("c", "z"))) == 3


def test_circles_and_repeated_ids_end() -> None:
    assert len(threads([mail("a", "b"), mail("b", "a"), mail("a"), mail("a", "a")])) >= 1
