"""Whether somebody says that they answered inside of old text, where nothing tells their words from it."""

import re

# ruff: noqa: RUF001 (letters of other scripts are meant)

_OPENING = 600  # characters of what stands above the quotation
_SAID = re.compile(
    r"\b(?:answers?|answered|comments?|commented|repl(?:y|ies)|replied|responses?|responded|remarks|see)\b[^.\n]{0,40}"
    r"\b(?:in-?line|in line|in red|in blue|in green|in bold|in caps|in capitals|interspersed|between the lines)\b"
    r"|\b(?:my|our|the|with|see) (?:answers|comments|replies|responses|remarks)\b[^.\n]{0,25}\bbelow\b"
    r"|\bantwort(?:en)?\b[^.\n]{0,40}\b(?:unten|rot|blau|grün|fett|inline|im text|dazwischen)\b"
    r"|\br[ée]ponses?\b[^.\n]{0,40}\b(?:ci-dessous|en rouge|en bleu|en gras|dans le texte|plus bas)\b"
    r"|\brespuestas?\b[^.\n]{0,40}\b(?:abajo|en rojo|en azul|en negrita|en el texto|a continuación)\b"
    r"|\brispost[ea]\b[^.\n]{0,40}\b(?:sotto|in rosso|in blu|di seguito|nel testo|in grassetto)\b"
    r"|\brespostas?\b[^.\n]{0,40}\b(?:abaixo|em vermelho|em azul|em negrito|no texto)\b"
    r"|\bantwoord(?:en)?\b[^.\n]{0,40}\b(?:hieronder|onder|rood|blauw|in de tekst)\b"
    r"|\bsvar(?:en)?\b[^.\n]{0,40}\b(?:nedan|nedenfor|rött|rødt|blått|blåt|i texten|i teksten)\b"
    r"|\bodpowied(?:ź|zi)\b[^.\n]{0,40}\b(?:poniżej|czerwon\w+|niebiesk\w+|w tekście|w treści)\b"
    r"|\bответ(?:ы|ил\w?)?\b[^.\n]{0,40}\b(?:ниже|красным|синим|в тексте|жирным)\b"
    r"|(?:回答|回复|回覆|答复)[^。\n]{0,15}(?:如下|见下|見下|红色|紅色)|(?:回答|返信)[^。\n]{0,15}(?:赤字|インライン|下記)",
    re.IGNORECASE,
)


def announces_answers(written: str) -> bool:
    """Whether `written`, which stands above a quotation, says so. Never raises."""
    return bool(_SAID.search(written[:_OPENING]))
