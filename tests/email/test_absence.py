"""Automatic answers without a header that says so, and what people write about them."""

import pytest

from bot.email.parse import parse
from bot.email.screening import OwnMail, screen
from core.intake.values import Screening, Verdict
from tests.fakes.raw_mail import raw_mail

# ruff: noqa: RUF001 (letters of other scripts are meant)


def screened(subject: str, text: str, **fields: str) -> Screening:
    headers: dict[str, str | bytes | None] = {name.replace("_", "-"): value for name, value in fields.items()}
    return screen(parse(raw_mail(text, {"Subject": subject.encode(), **headers})), OwnMail(), "ada@example.org")


AUTOMATIC = [
    ("AUTO: Ada Lovelace is out of the office (returning 06/12/2026)", "Back on 12 June."),
    ("AUTO: Ada Lovelace ist außer Haus (Rückkehr am 12.06.2026)", "Hinweis: Dies ist eine Antwort auf Ihre Mail."),
    ("AUTO: Ada Lovelace est absent du bureau (retour 12/06/2026)", "Bonjour"),
    ("AUTO: Printer", "I am out of the office until 12 June.\n\nNote: This is an automated response to your message."),
    ("[Auto-Reply] Re: Printer", "Thank you for contacting us."),
    ("[Automatische Antwort] Drucker", "Danke für Ihre Nachricht."),
    ("【自動返信】お問い合わせ", "お問い合わせありがとうございます。"),
    ("Automatic reply: Printer", "I am currently out of the office, back on Monday."),
    ("Out of Office: Re: Printer", "Hello,\n\nI'm on annual leave until 12 June."),
    ("Abwesenheitsnotiz: Drucker", "Guten Tag,\n\nich bin bis zum 12.6. nicht im Büro."),
    ("Réponse automatique : imprimante", "Bonjour,\n\nje suis absente jusqu'au 12 juin."),
    ("Respuesta automática: impresora", "Hola,\n\nestoy de vacaciones hasta el 12 de junio."),
    ("Resposta automática: impressora", "Olá, estou de férias até 12 de junho."),
    ("Risposta automatica: stampante", "Buongiorno, sono in ferie fino al 12 giugno."),
    ("Automatisch antwoord: printer", "Ik ben afwezig tot 12 juni."),
    ("Automatiskt svar: skrivare", "Hej! Jag är på semester till den 12 juni."),
    ("Automatisk svar: printer", "Jeg holder ferie til 12. juni."),
    ("Automaattinen vastaus: tulostin", "Olen lomalla 12.6. asti."),
    ("Odpowiedź automatyczna: drukarka", "Dzień dobry, jestem na urlopie do 12 czerwca."),
    ("Automatická odpověď: tiskárna", "Dobrý den, jsem na dovolené do 12. června."),
    ("Автоматический ответ: принтер", "Добрый день! Я в отпуске до 12 июня."),
    ("Автоматична відповідь: принтер", "Я у відпустці до 12 червня."),
    ("Automatikus válasz: nyomtató", "Szabadságon vagyok június 12-ig."),
    ("Răspuns automat: imprimanta", "Sunt în concediu până pe 12 iunie."),
    ("Otomatik yanıt: yazıcı", "12 Haziran'a kadar izindeyim."),
    ("自動応答: プリンター", "6月12日まで休暇を取っております。"),
    ("自动回复: 打印机", "您好，我正在休假，6月12日回来。"),
    ("자동 회신: 프린터", "6월 12일까지 휴가 중입니다."),
]


@pytest.mark.parametrize(("subject", "text"), AUTOMATIC)
def test_an_automatic_answer_is_known_by_its_subject_and_words(subject: str, text: str) -> None:
    """osTicket#1041, odoo#66329: out-of-office loops; these relays and programs set no header."""
    verdict = screened(subject, text)

    assert (verdict.verdict, verdict.rule, verdict.is_auto_reply) == (Verdict.IGNORE, "out-of-office", True)


@pytest.mark.parametrize("suppressed", ["OOF", "OOF, AutoReply", "All"])
@pytest.mark.parametrize(
    "text",
    [
        "This is an automatic reply. We have received your message.",
        "Dies ist eine automatische Antwort.\n\nWir melden uns.",
        "Ceci est une réponse automatique.",
        "Это автоматический ответ.",
        "これは自動返信です。",
    ],
)
def test_an_automatic_answer_under_the_subject_that_it_answers(suppressed: str, text: str) -> None:
    verdict = screened("Re: Printer", text, X_Auto_Response_Suppress=suppressed)

    assert (verdict.verdict, verdict.rule) == (Verdict.IGNORE, "says-automatic")


def test_an_absence_in_answer_to_us_that_wants_no_answer_itself() -> None:
    away = "I am out of the office until Monday."
    fields = {"In_Reply_To": "<ours@example.com>", "X_Auto_Response_Suppress": "OOF"}

    assert screened("Re: Printer", away, **fields).rule == "says-automatic"
    assert screened("Re: Printer", away, In_Reply_To="<ours@example.com>").verdict is Verdict.ACCEPT
    assert screened("Re: Printer", away, X_Auto_Response_Suppress="OOF").verdict is Verdict.ACCEPT


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: how do I set it up?", "I am on vacation next week and want an automatic reply."),
        ("Out of office replies: sent twice", "Everybody gets my out of office answer twice."),
        ("Urlaub: Kollege ist im Urlaub", "Wer vertritt ihn?"),
        ("AUTO: Bremse quietscht", "Der Wagen war gestern in der Werkstatt."),
        ("[Urlaub] Antrag kaputt", "Das Formular lässt sich nicht absenden."),
        ("Ooops, the page is gone", "404 everywhere."),
        ("Printer", "The footer says „This is an automatic reply“, please change it."),
        ("Re: Printer", "I am out of paper."),
    ],
)
@pytest.mark.parametrize("suppressed", ["", "DR, OOF, AutoReply"])
def test_who_writes_about_absence_and_automatic_answers_is_heard(subject: str, text: str, suppressed: str) -> None:
    fields = {"X_Auto_Response_Suppress": suppressed} if suppressed else {}

    assert screened(subject, text, **fields).verdict is Verdict.ACCEPT


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: Printer", "Your message\n\n  To: desk\n  Subject: Printer\n\nwas read on Monday, 1 June 2026 10:30."),
        ("Not read: Printer", "Your message to Ada was deleted without being read on Monday."),
        ("Gelesen: Drucker", "Ihre Nachricht wurde am 1.6.2026 um 10:30 gelesen."),
        ("Lu : imprimante", "Votre message a été lu le lundi 1 juin."),
        ("Leído: impresora", "El mensaje fue leído el lunes."),
        ("Return Receipt (displayed) - Printer", "This is a Return Receipt for the mail that you sent to desk."),
        ("Прочтено: принтер", "Ваше сообщение было прочитано 1 июня."),
    ],
)
def test_a_receipt_that_is_no_report_is_one(subject: str, text: str) -> None:
    assert screened(subject, text).rule == "read-receipt"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: the manual", "It does not tell how to print."),
        ("Read receipts are not sent", "Since Monday nobody gets one."),
        ("Lu: Imprimante", "Elle brûle."),
        ("Read: a long story", f"Your message was read on Monday, but {'nobody answered. ' * 60}"),
    ],
)
def test_who_writes_about_reading_is_heard(subject: str, text: str) -> None:
    assert screened(subject, text).verdict is Verdict.ACCEPT


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH"])
def test_whoever_proposes_another_time_answers_an_invitation(method: str) -> None:
    raw = raw_mail(f"BEGIN:VCALENDAR\nMETHOD:{method}\n", {"Content-Type": f"text/calendar; method={method}"})

    assert screen(parse(raw), OwnMail()).rule == "calendar-answer"
