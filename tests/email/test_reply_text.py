"""What was newly written, told apart from quotation and signature."""

import pytest

from bot.email.quote_lines import is_forward_subject
from bot.email.reply_text import split_reply

# ruff: noqa: RUF001 (letters of other scripts are meant)

ATTRIBUTIONS = {
    "English": "On Mon, 1 Jun 2026 at 10:30, Ada Lovelace <ada@example.org> wrote:",
    "English, wrapped": "On Mon, 1 Jun 2026 at 10:30, Ada Lovelace via a long list name <\nada@example.org>\nwrote:",
    "English, Apple": "On Jun 1, 2026, at 10:30 AM, Ada Lovelace wrote:",
    "German": "Am Mo., 1. Juni 2026 um 10:30 Uhr schrieb Ada Lovelace <ada@example.org>:",
    "German, Thunderbird": "Am 01.06.26 um 10:30 schrieb Ada Lovelace:",
    "French": "Le lun. 1 juin 2026 à 10:30, Ada Lovelace <ada@example.org> a écrit :",
    "Spanish": "El lun, 1 jun 2026 a las 10:30, Ada Lovelace (<ada@example.org>) escribió:",
    "Portuguese": "Em seg., 1 de jun. de 2026 às 10:30, Ada Lovelace <ada@example.org> escreveu:",
    "Italian": "Il giorno lun 1 giu 2026 alle ore 10:30 Ada Lovelace <ada@example.org> ha scritto:",
    "Dutch": "Op ma 1 jun 2026 om 10:30 schreef Ada Lovelace <ada@example.org>:",
    "Dutch, Apple": "Op 1 jun. 2026, om 10:30 heeft Ada Lovelace <ada@example.org> het volgende geschreven:",
    "Swedish": "Den mån 1 juni 2026 kl 10:30 skrev Ada Lovelace <ada@example.org>:",
    "Danish": "Den man. 1. jun. 2026 kl. 10.30 skrev Ada Lovelace <ada@example.org>:",
    "Norwegian": "man. 1. juni 2026 kl. 10:30 skrev Ada Lovelace <ada@example.org>:",
    "Finnish": "ma 1. kesäk. 2026 klo 10.30 Ada Lovelace (ada@example.org) kirjoitti:",
    "Polish": "pon., 1 cze 2026 o 10:30 Ada Lovelace <ada@example.org> napisał(a):",
    "Polish, older": "W dniu 1 czerwca 2026 10:30 użytkownik Ada Lovelace <ada@example.org>\nnapisał:",
    "Czech": "po 1. 6. 2026 v 10:30 odesílatel Ada Lovelace <ada@example.org> napsal:",
    "Hungarian": "Ada Lovelace <ada@example.org> ezt írta (időpont: 2026. jún. 1., H, 10:30):",
    "Russian": "пн, 1 июн. 2026 г. в 10:30, Ada Lovelace <ada@example.org>:",
    "Russian, older": "1 июня 2026 г., 10:30 пользователь Ada Lovelace <ada@example.org> написал:",
    "Ukrainian": "пн, 1 черв. 2026 р. о 10:30 Ada Lovelace <ada@example.org> пише:",
    "Turkish": "Ada Lovelace <ada@example.org>, 1 Haz 2026 Pzt, 10:30 tarihinde şunu yazdı:",
    "Romanian": "În lun., 1 iun. 2026 la 10:30, Ada Lovelace <ada@example.org> a scris:",
    "Greek": "Στις Δευ 1 Ιουν 2026 στις 10:30 π.μ., ο/η Ada Lovelace <ada@example.org> έγραψε:",
    "Vietnamese": "Vào Th 2, 1 thg 6, 2026 vào lúc 10:30 Ada Lovelace <ada@example.org> đã viết:",
    "Chinese": "Ada Lovelace <ada@example.org> 于2026年6月1日周一 10:30写道：",
    "Chinese, Apple": "在 2026年6月1日，上午10:30，Ada Lovelace <ada@example.org> 写道：",
    "Japanese": "2026年6月1日(月) 10:30 Ada Lovelace <ada@example.org>:",
    "Korean": "2026년 6월 1일 (월) 오전 10:30, Ada Lovelace <ada@example.org>님이 작성:",
    "Hebrew": "\u202bבתאריך יום ב׳, 1 ביוני 2026 ב-10:30 מאת \u202aAda\u202c <\u202aada@example.org\u202c>:\u202c",
    "Arabic": "في الاثنين، 1 يونيو 2026 في 10:30 ص تمت كتابة ما يلي بواسطة Ada <ada@example.org>:",
    "Thai": "ในวันที่ จ. 1 มิ.ย. 2026 เวลา 10:30 Ada Lovelace <ada@example.org> เขียนว่า:",
    "Catalan": "Missatge de Ada Lovelace <ada@example.org> del dia dl., 1 de juny 2026 a les 10:30:",
    "Polish, Apple": "Wiadomość napisana przez Ada Lovelace <ada@example.org> w dniu 1 cze 2026, o godz. 10:30:",
    "Finnish, Thunderbird": "Ada Lovelace kirjoitti 1.6.2026 klo 10.30:",
    "Tutanota": "Jun 1, 2026, 10:30 by ada@example.org:",
    "Horde": "Zitat von Ada Lovelace <ada@example.org>:",
    "mail.ru, English": "Monday, June 1, 2026 10:30 AM +03:00 from Ada Lovelace <ada@example.org>:",
    "Gmail, old": "2026-06-01 10:30 GMT+02:00 Ada Lovelace <ada@example.org>:",
}
BLOCKS = {
    "English": "From: Ada Lovelace <ada@example.org>\nSent: Monday, June 1, 2026 10:30 AM\nTo: Desk\nSubject: Printer",
    "bold": "*From:* Ada Lovelace [mailto:ada@example.org]\n*Sent:* Monday 10:30\n*To:* Desk\n*Subject:* Printer",
    "Hebrew": "מאת: Ada <ada@example.org>\nנשלח: 1 ביוני 2026 10:30\nאל: Desk\nנושא: x",
    "Thai": "จาก: Ada <ada@example.org>\nส่ง: 1 มิถุนายน 2026 10:30\nถึง: Desk\nเรื่อง: x",
    "Bulgarian": "От: Ada\nИзпратено: 1 юни 2026 10:30\nДо: Desk\nОтносно: x",
    "Zimbra": "----- Mail original -----\nDe: Ada\nÀ: Desk\nEnvoyé: lundi 1 juin 2026 10:30\nObjet: x",
    "QQ": "------\xa0原始邮件\xa0------\n发件人: Ada\n发送时间: 2026年6月1日 10:30\n收件人: Desk\n主题: x",
    "GroupWise": ">>> Ada Lovelace <ada@example.org> 6/1/2026 10:30 AM >>>",
    "German": "Von: Ada Lovelace\nGesendet: Montag, 1. Juni 2026 10:30\nAn: Desk\nBetreff: Drucker",
    "French": "De : Ada Lovelace\nEnvoyé : lundi 1 juin 2026 10:30\nÀ : Desk\nObjet : Imprimante",
    "Spanish": "De: Ada Lovelace\nEnviado: lunes, 1 de junio de 2026 10:30\nPara: Desk\nAsunto: Impresora",
    "Portuguese": "De: Ada Lovelace\nEnviada em: segunda-feira, 1 de junho 10:30\nPara: Desk\nAssunto: Impressora",
    "Italian": "Da: Ada Lovelace\nInviato: lunedì 1 giugno 2026 10:30\nA: Desk\nOggetto: Stampante",
    "Dutch": "Van: Ada Lovelace\nVerzonden: maandag 1 juni 2026 10:30\nAan: Desk\nOnderwerp: Printer",
    "Swedish": "Från: Ada Lovelace\nSkickat: den 1 juni 2026 10:30\nTill: Desk\nÄmne: Skrivare",
    "Danish": "Fra: Ada Lovelace\nSendt: 1. juni 2026 10:30\nTil: Desk\nEmne: Printer",
    "Polish": "Od: Ada Lovelace\nWysłano: poniedziałek, 1 czerwca 2026 10:30\nDo: Desk\nTemat: Drukarka",
    "Russian": "От: Ada Lovelace\nОтправлено: 1 июня 2026 г. 10:30\nКому: Desk\nТема: Принтер",
    "Japanese": "差出人: Ada Lovelace\n送信日時: 2026年6月1日 10:30\n宛先: Desk\n件名: プリンター",
    "Chinese": "发件人: Ada Lovelace\n发送时间: 2026年6月1日 10:30\n收件人: Desk\n主题: 打印机",
}


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_what_stands_above_an_attribution_is_new(language: str) -> None:
    """mailgun/talon#129: stripping fails per client and language."""
    split = split_reply(f"It still burns.\n\nThanks\n\n{ATTRIBUTIONS[language]}\n\n> Is it out?\n>\n> Ada\n")

    assert split.reply_text == "It still burns.\n\nThanks"
    assert "> Is it out?" in split.quoted_text


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_over_unquoted_text_ends_the_reply(language: str) -> None:
    assert split_reply(f"It still burns.\n\n{ATTRIBUTIONS[language]}\n\nIs it out?\n").reply_text == "It still burns."


@pytest.mark.parametrize("language", BLOCKS)
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Original Message-----\n"])
def test_what_stands_above_a_header_block_is_new(language: str, rule: str) -> None:
    split = split_reply(f"It still burns.\n\n{rule}{BLOCKS[language]}\n\nIs it out?\n")

    assert split.reply_text == "It still burns."
    assert split.quoted_text.endswith("Is it out?")


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----",
        "-------- Ursprüngliche Nachricht --------",
        "-----Message d'origine-----",
        "*-------- Mensaje original --------*",
        "-----Oorspronkelijk bericht-----",
        "-----Исходное сообщение-----",
        "------------------ 原始邮件 ------------------",
        "##- Please type your reply above this line -##",
        "---- Ada Lovelace wrote ----",
    ],
)
def test_a_separator_ends_the_reply(separator: str) -> None:
    assert split_reply(f"It still burns.\n\n{separator}\n\nIs it out?\n").reply_text == "It still burns."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote to you:\n\nnothing happened.",
        "I ran it on 1 May 2026 at 10:30 and it wrote:\n\nerror 5",
        "Steps:\n> click the button\n> wait\nThen it fails, see above.",
        "The log says\n\nDate: today\nStatus: failed\n\nand stops.",
        "From: the left side\nit looks good.",
        "Please use - - as separator\n- not --\n\nand so on",
        "a\n\n```\n# From: x\n####\n```\n\nb",
        "> only a quotation, nothing else",
        "Meeting on 10/19/2026 @ 9:30 with bob@example.org\n\nplease join",
        "Contact: bob@example.org\nTo: the office\n",
        "Sent from my desk, as the phone is broken. More below.\n\nMore.",
        "",
    ],
)
def test_when_unsure_everything_is_kept(text: str) -> None:
    """mailgun/talon#149, osTicket#5548: quote stripping eats real text."""
    assert split_reply(text).reply_text == text.strip("\n")


def test_an_answer_below_the_quotation_is_the_reply() -> None:
    split = split_reply("On 1 Jun 2026 at 10:30, Ada wrote:\n\n> Is it out?\n> Ada\n\nNo, it burns.\n")

    assert (split.reply_text, split.quoted_text.splitlines()[-1]) == ("No, it burns.", "> Ada")


def test_answers_between_quoted_lines_keep_what_they_answer() -> None:
    split = split_reply(
        "Hi,\nOn 1 Jun 2026 at 10:30, Ada wrote:\n> Is it out?\n\nNo.\n\n> Did you call?\n\nYes.\n\n> Bye\n> Ada\n"
    )

    assert split.reply_text == "Hi,\n> Is it out?\n\nNo.\n\n> Did you call?\n\nYes."
    assert split.quoted_text == "On 1 Jun 2026 at 10:30, Ada wrote:\n> Bye\n> Ada"


@pytest.mark.parametrize(
    "attribution",
    [
        "Am 01.06.26 um 10:30 schrieb Ada Lovelace",
        "Monday, June 1, 2026, 10:30:00 AM, you wrote:",
        "Ada Lovelace writes:",
    ],
)
def test_what_may_be_an_attribution_is_one_above_a_quotation_only(attribution: str) -> None:
    above = f"It burns.\n\n{attribution}\n\n"

    assert split_reply(f"{above}> Is it out?").reply_text == "It burns."
    assert split_reply(f"{above}Is it out?").reply_text == f"{above}Is it out?"


def test_one_word_between_quoted_lines_is_an_answer() -> None:
    """mailgun/talon#149: quote stripping eats real text."""
    split = split_reply(
        "Hi,\n\nOn 1 Jun 2026 at 10:30, Ada wrote:\n> Is it out?\nNo\n> Did you call?\nYes.\n> Bye\n\nRegards, Bob"
    )

    assert split.reply_text == "Hi,\n\n> Is it out?\nNo\n> Did you call?\nYes.\nRegards, Bob"


def test_a_word_that_was_wrapped_out_of_a_long_quoted_line_is_none() -> None:
    quoted = (
        "On 1 Jun 2026 at 10:30, Ada wrote:\n> the printer on the second floor is burning since this\nmorning\n> bye"
    )

    assert split_reply(f"Done.\n\n{quoted}").reply_text == "Done."


@pytest.mark.parametrize(
    "said",
    [
        "Please see my answers below.",
        "Hi,\n\nanswers inline.",
        "My comments are in red.",
        "Meine Antworten stehen unten in rot.",
        "Mes réponses en rouge ci-dessous.",
        "Mis respuestas abajo en rojo.",
        "Mijn antwoorden staan hieronder.",
        "Ответы ниже красным.",
    ],
)
def test_who_says_that_they_answered_inside_of_the_old_text_is_kept_whole(said: str) -> None:
    """mailgun/talon#149: when unsure, strip nothing."""
    text = f"{said}\n\n{BLOCKS['English']}\n\nIs it out? No, it burns.\nDid you call? Yes."
    html = f"<p>{said}</p><div id=divRplyFwdMsg>From: Ada</div><p>Is it out? <span style='color:red'>No.</span></p>"

    assert split_reply(text).reply_text == text
    assert split_reply(text, html).reply_text == text


def test_a_farewell_below_the_quotation_is_no_answer_to_it() -> None:
    text = "Done.\n\nOn 1 Jun 2026 at 10:30, Ada wrote:\n\n> Is it out?\n\nRegards, Bob\n"

    assert split_reply(text).reply_text == "Done.\n\nRegards, Bob"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAda Lovelace\nAnalytical Engines",
        "--\nAda",
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Get Outlook for iOS <https://aka.ms/o0ukef>",
        "Von meinem iPhone gesendet",
        "Gesendet von Mail für Windows",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Отправлено с iPhone",
        "发自我的 iPhone",
        "iPhoneから送信",
        "_______________________\nusers mailing list\nusers@example.org",
    ],
)
def test_a_signature_is_told_apart(signature: str) -> None:
    split = split_reply(f"It burns.\n\n{signature}\n\nOn 1 Jun 2026 at 10:30, Ada <ada@example.org> wrote:\n> x\n")

    assert (split.reply_text, split.signature) == ("It burns.", signature)


def test_a_mail_that_is_only_a_signature_is_kept() -> None:
    assert split_reply("--\nAda Lovelace\n").reply_text == "--\nAda Lovelace"


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
    ],
)
def test_a_forwarded_message_is_content(marker: str) -> None:
    text = f"Please handle.\n\n{marker}\n{BLOCKS['English']}\n\nIt burns.\n\n> Really?\n\n-- \nAda\n"

    assert split_reply(text).reply_text == text.strip("\n")


def test_a_header_block_under_a_forwarding_subject_is_content() -> None:
    text = f"Please handle.\n\n-----Original Message-----\n{BLOCKS['English']}\n\nIt burns."

    assert split_reply(text, is_forward=True).reply_text == text
    assert all(map(is_forward_subject, ("Fwd: a", "FW: a", "WG: a", "[desk] Fw: a", "转发：a")))
    assert not any(map(is_forward_subject, ("Re: Fwd: a", "Forward: b", "Interested: a")))


def test_nothing_is_lost_between_reply_quotation_and_signature() -> None:
    text = "New.\n\n-- \nBob\n\nOn 1 Jun 2026 at 10:30, Ada wrote:\n\n> old\n>\n> older"
    split = split_reply(text)
    parts = f"{split.reply_text}\n{split.signature}\n{split.quoted_text}"

    assert [line for line in parts.splitlines() if line.strip()] == [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "On 3 March 2026 we ordered 3 printers, invoice sent:\n- A\n- B",
        "Am 3.3.2026 um 9:12 habe ich an bob@example.org geschrieben:\nkeine Antwort",
        "Name: Ada\nFrom: Berlin\nDate: 3 March 2026 at 10:00\nTo: Paris\nSubject: travel\nplease approve",
        "The server wrote at 2026-03-03 09:12:\nERROR disk full",
        "Sent from which address should I write?",
        "Quoting the manual <https://docs@example.org>:\nDo not open.\n\nWhat now?",
        "Bob Smith wrote:\nthe printer is on fire.",
        "On 3 March 2026 at 10:30 I wrote:\n> It burns.\n\nNobody answered.",
        "Am 3.3.2026 um 10:30 schrieb ich an <bob@example.org>\nkeine Antwort",
        "Sent yesterday. To: the office. From: me.",
        "From  To  Price\nBonn  Rome  10:30\nall of it",
        "The Server wrote on 2026-03-03 09:12:\nERROR disk full",
        "Name: Ada\nMail: ada@example.org\nDate: 3 March 10:30\nRoom: 5",
    ],
)
def test_what_only_resembles_a_quotation_is_kept(text: str) -> None:
    """mailgun/talon#129: when unsure, strip nothing."""
    assert split_reply(text).reply_text == text


@pytest.mark.parametrize(
    "signature",
    [
        "从我的iPhone发送",
        "Sent from my Verizon, Samsung Galaxy smartphone",
        "Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.",
        "Hent Outlook til Android",
        "This e-mail is confidential. If you are not the intended recipient, please notify the sender and delete it.",
        "Ce message est confidentiel. Si vous n'en êtes pas le destinataire, merci de le détruire immédiatement.",
    ],
)
def test_what_a_program_or_a_company_adds_goes(signature: str) -> None:
    split = split_reply(f"Short answer.\n\n{signature}\n")

    assert (split.reply_text, split.signature.strip()) == ("Short answer.", signature)


@pytest.mark.parametrize(
    "rule", ["-----", "________________________________", "========", "* * *", "———————", "—-—-—-—", "- - - - -"]
)
def test_a_rule_above_a_quotation_or_at_the_end_goes_with_it(rule: str) -> None:
    attribution = ATTRIBUTIONS["English"]

    assert split_reply(f"It burns.\n\n{rule}\n\n{attribution}\n> Is it out?").reply_text == "It burns."
    assert split_reply(f"It burns.\n\n{rule}\n{attribution}\n\nIs it out?").reply_text == "It burns."
    assert split_reply(f"It burns.\n{rule}\n").reply_text == "It burns."
    assert split_reply(f"{rule}\nIt burns.").reply_text == f"{rule}\nIt burns."


def test_a_rule_between_two_passages_stays() -> None:
    assert split_reply("It burns.\n-----\nAnd smokes.").reply_text == "It burns.\n-----\nAnd smokes."
