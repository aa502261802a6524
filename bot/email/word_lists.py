"""Long lists of words in a form that stays readable in source."""


def words(listed: str) -> frozenset[str]:
    """Words apart by white space."""
    return frozenset(listed.split())


def phrases(listed: str) -> tuple[str, ...]:
    """Phrases apart by commas, in their order."""
    return tuple(phrase.strip() for phrase in listed.split(","))
