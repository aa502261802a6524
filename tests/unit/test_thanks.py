"""A bare thank-you is told from an answer that somebody must read."""

import pytest

from core.intake.thanks import LONGEST, is_thanks_only

# ruff: noqa: RUF001 (letters of other scripts are meant)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you!",
        "thx",
        "Thanks a lot, Grace! That worked 🎉",
        "Hi Grace,\n\nmany thanks for your quick reply. It works now.\n\nBest regards\nAda Lovelace",
        "Great, thanks :-)",
        "Cheers,\nTom",
        "Perfect. Thank you so much for your help! Have a nice weekend",
        "Vielen Dank für die schnelle Hilfe!",
        "Hallo Frau Meier,\nherzlichen Dank, jetzt funktioniert es.\nMit freundlichen Grüßen\nJörg Müller",
        "Merci beaucoup pour votre aide, ça marche. Bonne journée",
        "¡Muchas gracias! Ya funciona.",
        "Muito obrigado pela ajuda, resolvido!",
        "Grazie mille, problema risolto. Buona giornata",
        "Hartelijk dank voor de snelle reactie, het werkt nu",
        "Tack så mycket för hjälpen!",
        "Mange tak for hjælpen",
        "Tusen takk, nå fungerer det",
        "Kiitos paljon avusta!",
        "Dziękuję bardzo za pomoc, już działa.",
        "Děkuji moc, už funguje.",
        "Ďakujem pekne",
        "Большое спасибо, всё работает!",
        "Дуже дякую за допомогу",
        "Çok teşekkür ederim, sorun çözüldü.",
        "Köszönöm szépen a gyors választ!",
        "Mulțumesc foarte mult",
        "Ευχαριστώ πολύ!",
        "早速のご対応ありがとうございます。解決しました。",
        "谢谢您的帮助，问题已解决！",
        "감사합니다. 해결되었습니다.",
        "شكراً جزيلاً على المساعدة",
        "תודה רבה על העזרה!",
        "Cảm ơn bạn rất nhiều",
        "Terima kasih banyak atas bantuannya",
        "बहुत बहुत धन्यवाद",
    ],
)
def test_a_bare_thank_you_is_known_in_many_languages(text: str) -> None:
    assert is_thanks_only(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "Thanks, but it still fails.",
        "Thank you. How do I undo it?",
        "Thanks for nothing",
        "No thanks",
        "Thanks. It does not work",
        "Thanks, I will try tomorrow and tell you",
        "It works now",  # no thanks; somebody may want to close what is open
        "Ada",
        "Thanks! Order 4711 is missing as well",
        "Thanks\nthe second printer has the same fault",
        "Merci. Toujours KO",
        "Danke, aber der Drucker geht nicht",
        "Nein danke",
        "Danke, das Problem besteht weiter",
        "Merci mais ça ne marche pas",
        "Gracias, pero sigue sin funcionar",
        "Obrigado, mas não funcionou",
        "Grazie, ma non funziona",
        "Спасибо, но не работает",
        "Спасибо; а как отменить?",
        "Ευχαριστώ, πώς το κάνω;",
        "谢谢，但是还不行",
        "ありがとうございます。しかし直りません。",
        "감사합니다. 그런데 아직 안 됩니다",
        "شكرا لكن المشكلة مستمرة",
        "thanks " * (LONGEST // 7 + 1),
    ],
)
def test_whatever_says_more_is_read_by_a_person(text: str) -> None:
    """A requester whose `Thanks, but …` closes the matter is a requester lost."""
    assert not is_thanks_only(text)
