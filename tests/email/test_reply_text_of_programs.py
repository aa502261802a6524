"""What mail programs write above a quotation and below a reply, program by program and language by language."""

import pytest

from bot.email.reply_text import split_reply

# ruff: noqa: RUF001 (letters of other scripts are meant)

ATTRIBUTIONS = {
    "Gmail, Latvian": "pirmd., 2026. g. 1. jūn., plkst. 10:30 — lietotājs Ada (<ada@example.org>) rakstīja:",
    "Gmail, Lithuanian": "2026-06-01, pr, 10:30 Ada Lovelace <ada@example.org> rašė:",
    "Gmail, Estonian": "Kuupäev E, 1. juuni 2026 kell 10:30 kirjutas Ada Lovelace <\nada@example.org>:",
    "Gmail, Slovenian": ("V V pon., 1. jun. 2026 ob 10:30 je oseba Ada Lovelace <\nada@example.org> napisala:"),
    "Gmail, Croatian": "pon, 1. lip 2026. u 10:30 Ada Lovelace <ada@example.org> napisao je:",
    "Gmail, Serbian": "пон, 1. јун 2026. у 10:30 Ada Lovelace <ada@example.org> је написао/ла:",
    "Gmail, Slovak": "po 1. 6. 2026 o 10:30 Ada Lovelace <ada@example.org> napísal(a):",
    "Gmail, Bulgarian": "На пн, 1.06.2026 г. в 10:30 Ada Lovelace <ada@example.org> написа:",
    "Gmail, Persian": "در تاریخ دوشنبه ۱ ژوئن ۲۰۲۶ در ۱۰:۳۰ Ada <ada@example.org> نوشت:",
    "Gmail, Hindi": "सोम, 1 जून 2026 को 10:30 am बजे को Ada Lovelace <ada@example.org> ने लिखा:",
    "Gmail, Icelandic": "mán., 1. jún. 2026 kl. 10:30 skrifaði Ada Lovelace <ada@example.org>:",
    "Gmail, Galician": "O luns, 1 de xuño de 2026 ás 10:30, Ada Lovelace (<ada@example.org>) escribiu:",
    "Gmail, Basque": "Ada (ada@example.org) erabiltzaileak hau idatzi du (2026 eka. 1, al. (10:30)):",
    "Gmail, Afrikaans": "Op Ma 01 Jun. 2026 om 10:30 het Ada Lovelace <ada@example.org> geskryf:",
    "Gmail, Indonesian": "Pada tanggal Sen, 1 Jun 2026 pukul 10.30 Ada Lovelace <ada@example.org> menulis:",
    "Gmail, Filipino": "Noong Lun, Hun 1, 2026 nang 10:30 AM, isinulat ni Ada <ada@example.org> ang:",
    "Gmail, wrapped early": ("pirmd., 2026. g. 1. jūn., plkst. 10:30 — lietotājs\nAda (<ada@example.org>) rakstīja:"),
    "Apple, Czech": "1. 6. 2026 v 10:30, Ada Lovelace <ada@example.org>:",
    "Apple, Slovak": "1. 6. 2026 o 10:30, používateľ Ada Lovelace <ada@example.org> napísal:",
    "Apple, Hungarian": "2026. jún. 1. dátummal, 10:30 időpontban Ada Lovelace <ada@example.org> írta:",
    "Apple, Russian": "1 июня 2026 г., в 10:30, Ada Lovelace <ada@example.org> написал(а):",
    "Apple, Turkish": "Ada Lovelace <ada@example.org> şunları yazdı (1 Haz 2026 10:30):",
    "Apple, Japanese": "2026/06/01 10:30、Ada Lovelace <ada@example.org>のメール:",
    "Apple, Korean": "2026. 6. 1. 오전 10:30, Ada Lovelace <ada@example.org> 작성:",
    "Apple, Hebrew": "\u200fב-1 ביוני 2026, בשעה 10:30, \u200fAda <ada@example.org> כתב/ה:",
    "Apple, Arabic": "في ١ يونيو ٢٠٢٦، الساعة ١٠:٣٠، كتب/كتبت Ada <ada@example.org>:",
    "Apple, Thai": "เมื่อ 1 มิ.ย. 2569 BE 10:30 Ada Lovelace <ada@example.org> เขียนว่า:",
    "Apple, Vietnamese": "Vào 10:30, 1 thg 6, 2026, Ada Lovelace <ada@example.org> đã viết:",
    "Apple, Greek": "1 Ιουν 2026, 10:30 π.μ., ο χρήστης «Ada Lovelace <ada@example.org>» έγραψε:",
    "Apple, Romanian": "La 1 iun. 2026, la 10:30, Ada Lovelace <ada@example.org> a scris:",
    "Apple, Croatian": "Dana 1. lip 2026., u 10:30, Ada Lovelace <ada@example.org> je napisao/la:",
    "Apple, Catalan": "El 1 juny 2026, a les 10:30, Ada Lovelace <ada@example.org> va escriure:",
    "Apple, Malay": "Pada 1 Jun 2026, 10:30 AM, Ada Lovelace <ada@example.org> menulis:",
    "Apple, Portuguese": "No dia 01/06/2026, às 10:30, Ada Lovelace <ada@example.org> escreveu:",
    "Apple, Swedish": "1 juni 2026 kl. 10:30 skrev Ada Lovelace <ada@example.org>:",
    "Apple, Finnish": "Ada Lovelace <ada@example.org> kirjoitti 1.6.2026 kello 10.30:",
    "Thunderbird, German, older": "Ada Lovelace schrieb am 01.06.2026 um 10:30:",
    "Thunderbird, French": "Le 01/06/2026 à 10:30, Ada Lovelace a écrit :",
    "Thunderbird, Czech": "Dne 01. 06. 26 v 10:30 Ada Lovelace napsal(a):",
    "Thunderbird, Polish": "W dniu 01.06.2026 o 10:30, Ada Lovelace pisze:",
    "Thunderbird, Hungarian": "2026. 06. 01. 10:30 keltezéssel, Ada Lovelace írta:",
    "Thunderbird, Russian": "01.06.2026 10:30, Ada Lovelace пишет:",
    "Thunderbird, Turkish": "1.06.2026 10:30 tarihinde Ada Lovelace yazdı:",
    "Postbox": "Ada Lovelace wrote on 6/1/26 10:30 AM:",
    "Yahoo": "On Monday, June 1, 2026 at 10:30:12 AM GMT+2, Ada Lovelace <ada@example.org> wrote:",
    "Yahoo, German": "Am Montag, 1. Juni 2026 um 10:30:12 MESZ hat Ada <ada@example.org> Folgendes geschrieben:",
    "Yahoo, French": "Le lundi 1 juin 2026 à 10:30:12 UTC+2, Ada Lovelace <ada@example.org> a écrit :",
    "Yahoo, Spanish": "El lunes, 1 de junio de 2026, 10:30:12 CEST, Ada Lovelace <ada@example.org> escribió:",
    "Yahoo, Italian": "Il lunedì 1 giugno 2026 alle ore 10:30:12 CEST, Ada <ada@example.org> ha scritto:",
    "GMX, mobile": "Am 01.06.26, 10:30 schrieb Ada Lovelace <ada@example.org>",
    "AOL": "In a message dated 6/1/2026 10:30:00 A.M. Eastern Daylight Time, ada@example.org writes:",
    "Evolution, German": "Am Montag, dem 01.06.2026 um 10:30 +0200 schrieb Ada Lovelace:",
    "Claws": "On Mon, 1 Jun 2026 10:30:00 +0200\nAda Lovelace <ada@example.org> wrote:",
    "KMail, German": "Am Montag, 1. Juni 2026, 10:30:00 CEST schrieb Ada Lovelace:",
    "SOGo": "On Monday, June 01, 2026 10:30 CEST, Ada Lovelace <ada@example.org> wrote:",
    "Roundcube": "On 2026-06-01 10:30, Ada Lovelace wrote:",
    "Roundcube, German": "Am 01.06.2026 10:30, schrieb Ada Lovelace:",
    "Roundcube, Dutch": "Ada Lovelace schreef op 2026-06-01 10:30:",
    "FairEmail": "1 Jun 2026 10:30:12 Ada Lovelace <ada@example.org>:",
    "K-9": "On 1 June 2026 10:30:00 CEST, Ada Lovelace <ada@example.org> wrote:",
    "BlueMail": "On 1 Jun 2026, 10:30, at 10:30, Ada Lovelace <ada@example.org> wrote:",
    "Xiaomi": "On Ada Lovelace <ada@example.org>, Jun 1, 2026 10:30 AM wrote:",
    "163": 'At 2026-06-01 10:30:00, "Ada" <ada@example.org> wrote:',
    "163, Chinese": '在 2026-06-01 10:30:00，"Ada" <ada@example.org> 写道：',
    "mail.ru": "Понедельник, 1 июня 2026, 10:30 +03:00 от Ada Lovelace <ada@example.org>:",
    "Yandex": '01.06.2026, 10:30, "Ada Lovelace" <ada@example.org>:',
    "HEY": "On June 1, 2026, Ada Lovelace <ada@example.org> wrote:",
    "Superhuman": "On Mon, Jun 01, 2026 at 10:30 AM, Ada Lovelace < ada@example.org > wrote:",
    "Spark": "On Jun 1, 2026 at 10:30 AM +0200, Ada Lovelace <ada@example.org>, wrote:",
    "Notes 8": "Ada Lovelace ---01.06.2026 10:30:12---Is it out?",
    "Notes, German": "Ada Lovelace/LON/EX schrieb am 01.06.2026 10:30:12:",
    "iNotes": '-----"Ada Lovelace" <ada@example.org> wrote: -----',
    "Outlook for Mac": 'On 6/1/26, 10:30 AM, "Ada Lovelace" <ada@example.org> wrote:',
    "Proton": "On Monday, June 1st, 2026 at 10:30 AM, Ada Lovelace <ada@example.org> wrote:",
    "The Bat": "Monday, June 1, 2026, 10:30:00 AM, Ada Lovelace wrote:",
}
BLOCKS = {
    "Latvian": "No: Ada\nNosūtīts: pirmdiena, 2026. gada 1. jūnijs 10:30\nKam: Desk\nTēma: x",
    "Lithuanian": "Nuo: Ada\nIšsiųsta: 2026 m. birželio 1 d. 10:30\nKam: Desk\nTema: x",
    "Estonian": "Saatja: Ada\nSaadetud: esmaspäev, 1. juuni 2026 10:30\nAdressaat: Desk\nTeema: x",
    "Croatian": "Šalje: Ada\nPoslano: 1. lipnja 2026. 10:30\nPrima: Desk\nPredmet: x",
    "Serbian": "Od: Ada\nPoslato: 1. jun 2026. 10:30\nZa: Desk\nTema: x",
    "Serbian, Cyrillic": "Од: Ada\nПослато: 1. јун 2026. 10:30\nЗа: Desk\nТема: x",
    "Slovenian": "Od: Ada\nPoslano: ponedeljek, 1. junij 2026 10:30\nZa: Desk\nZadeva: x",
    "Slovak": "Od: Ada\nOdoslané: pondelok 1. júna 2026 10:30\nKomu: Desk\nPredmet: x",
    "Czech": "Od: Ada\nOdesláno: pondělí 1. června 2026 10:30\nKomu: Desk\nPředmět: x",
    "Hungarian": "Feladó: Ada\nElküldve: 2026. június 1., hétfő 10:30\nCímzett: Desk\nTárgy: x",
    "Romanian": "De la: Ada\nTrimis: luni, 1 iunie 2026 10:30\nCătre: Desk\nSubiect: x",
    "Macedonian": "Од: Ada\nИспратено: 1 јуни 2026 10:30\nДо: Desk\nПредмет: x",
    "Ukrainian": "Від: Ada\nНадіслано: 1 червня 2026 р. 10:30\nКому: Desk\nТема: x",
    "Greek": "Από: Ada\nΣτάλθηκε: Δευτέρα, 1 Ιουνίου 2026 10:30\nΠρος: Desk\nΘέμα: x",
    "Greek, newer": "Από: Ada\nΑποστολή: Δευτέρα, 1 Ιουνίου 2026 10:30\nΠρος: Desk\nΘέμα: x",
    "Turkish": "Kimden: Ada\nGönderildi: 1 Haziran 2026 Pazartesi 10:30\nKime: Desk\nKonu: x",
    "Finnish": ("Lähettäjä: Ada\nLähetetty: maanantai 1. kesäkuuta 2026 10.30\nVastaanottaja: Desk\nAihe: x"),
    "Norwegian": "Fra: Ada\nSendt: mandag 1. juni 2026 10:30\nTil: Desk\nEmne: x",
    "Icelandic": "Frá: Ada\nSent: mánudagur, 1. júní 2026 10:30\nTil: Desk\nEfni: x",
    "Catalan": "De: Ada\nEnviat: dilluns, 1 de juny de 2026 10:30\nPer a: Desk\nTema: x",
    "Basque": "Nork: Ada\nBidaltze-data: 2026(e)ko ekainaren 1(a) 10:30\nNori: Desk\nGaia: x",
    "Arabic": "من: Ada\nتم الإرسال: الإثنين، 1 يونيو 2026 10:30\nإلى: Desk\nالموضوع: x",
    "Persian": "از: Ada\nارسال شده: دوشنبه 1 ژوئن 2026 10:30\nبه: Desk\nموضوع: x",
    "Hindi": "प्रेषक: Ada\nभेजा गया: सोमवार 1 जून 2026 10:30\nप्रति: Desk\nविषय: x",
    "Vietnamese": "Từ: Ada\nĐã gửi: Thứ Hai, 1 tháng 6, 2026 10:30\nĐến: Desk\nChủ đề: x",
    "Indonesian": "Dari: Ada\nDikirim: Senin, 1 Juni 2026 10:30\nKepada: Desk\nSubjek: x",
    "Malay": "Daripada: Ada\nDihantar: Isnin, 1 Jun 2026 10:30\nKepada: Desk\nSubjek: x",
    "Korean": "보낸 사람: Ada\n보낸 날짜: 2026년 6월 1일 월요일 10:30\n받는 사람: Desk\n제목: x",
    "Chinese, traditional": "寄件者: Ada\n寄件日期: 2026年6月1日 10:30\n收件者: Desk\n主旨: x",
    "Afrikaans": "Van: Ada\nGestuur: Maandag, 1 Junie 2026 10:30\nAan: Desk\nOnderwerp: x",
    "Kazakh": "Кімнен: Ada\nЖіберілген: 2026 ж. 1 маусым 10:30\nКімге: Desk\nТақырып: x",
    "Albanian": "Nga: Ada\nDërguar: 1 qershor 2026 10:30\nPër: Desk\nSubjekti: x",
    "Welsh": "Oddi wrth: Ada\nAnfonwyd: 01 Mehefin 2026 10:30\nAt: Desk\nPwnc: x",
    "GMX": (
        'Gesendet: Montag, 01. Juni 2026 um 10:30 Uhr\nVon: "Ada" <ada@example.org>\nAn: desk@example.com\nBetreff: x'
    ),
    "Naver": (
        '-----Original Message-----\nFrom: "Ada"<ada@example.org>\nTo: <desk@example.com>;\n'
        "Cc:\nSent: 2026-06-01 (월) 10:30\nSubject: x"
    ),
    "QQ, English": (
        '------------------ Original ------------------\nFrom: "Ada" <ada@example.org>;\n'
        'Date: Mon, Jun 1, 2026 10:30 AM\nTo: "Desk";\nSubject: x'
    ),
    "163": (
        "---- 回复的原邮件 ----\n| 发件人 | Ada<ada@example.org> |\n"
        "| 发送日期 | 2026年6月1日 10:30 |\n| 收件人 | Desk |\n| 主题 | x |"
    ),
    "163, English": (
        "---- Replied Message ----\n| From | Ada<ada@example.org> |\n"
        "| Date | 06/01/2026 10:30 |\n| To | Desk |\n| Subject | x |"
    ),
    "eM Client": (
        '------ Original Message ------\nFrom "Ada" <ada@example.org>\n'
        "To desk@example.com\nDate 6/1/2026 10:30:00 AM\nSubject x"
    ),
    "Notes": "From:\tAda Lovelace/LON/EX\nTo:\tdesk@example.com\nDate:\t01.06.2026 10:30\nSubject:\tx",
    "Notes, bare": ("Ada Lovelace <ada@example.org>\n01.06.2026 10:30\n\nTo\ndesk@example.com\ncc\n\nSubject\nx"),
    "Notes, bare, German": ("Ada Lovelace/LON/EX\n01.06.2026 10:30\n\nAn\ndesk@example.com\nKopie\n\nThema\nRe: x"),
    "Notes, columns": (
        "From    Ada Lovelace <ada@example.org>\nTo      desk@example.com\nDate    01.06.2026 10:30\nSubject x"
    ),
    "Samsung": (
        "-------- Ursprüngliche Nachricht --------\nVon: Ada <ada@example.org>\n"
        "Datum: 01.06.26 10:30 (GMT+01:00)\nAn: Desk\nBetreff: x"
    ),
    "Proton": ("------- Original Message -------\nOn Monday, June 1st, 2026 at 10:30 AM, Ada <ada@example.org> wrote:"),
    "unknown language": (
        "________________________________\nXxx: Ada <ada@example.org>\nYyy: 1 zzz 2026 10:30\nWww: Desk\nVvv: x"
    ),
    "Outlook for iOS, dashes": (
        "--------------------\nFrom: Ada <ada@example.org>\nSent: Monday, June 1, 2026 10:30\nTo: Desk\nSubject: x"
    ),
}
SIGNATURES = [
    "\u2063Get BlueMail for Android\u200b",
    "\u2063Gesendet mit BlueMail \u200b",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Outlook für Android herunterladen<https://aka.ms/x>",
    "Holen Sie sich Outlook für iOS",
    "Télécharger Outlook pour Android",
    "Descarga Outlook para iOS",
    "Baixar o Outlook para Android",
    "Download Outlook voor iOS",
    "Sent from Mail for Windows",
    "Gesendet von Outlook für Mac",
    "Provenance : Courrier pour Windows",
    "Sent from Yahoo Mail for iPhone",
    "Yahoo Mail: Search, Organize, Conquer",
    "Gesendet mit der GMX iPhone App",
    "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
    "Von meinem/meiner Galaxy gesendet",
    "Sent with Proton Mail secure email.",
    "Sent from Proton Mail for iOS",
    "Sent with Spark",
    "Sent via Superhuman",
    "Sent from HEY",
    "Sent from my Huawei phone",
    "发自我的小米手机",
    "来自我的华为手机",
    "發自我的 iPhone",
    "나의 iPhone에서 보냄",
    "iPhoneから送信",
    "Windows 版のメールから送信",
    "iPhone'umdan gönderildi",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено с моего Xiaomi",
    "Надіслано з iPhone",
    "Enviado do meu iPhone",
    "Enviado desde Outlook para Android",
    "Inviato da Outlook per iOS",
    "Verzonden vanuit Mail voor Windows",
    "Skickat från Outlook för iOS",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "Wysłane z iPhone'a",
    "Elküldve az iPhone-omról",
    "Trimis de pe iPhone-ul meu",
    "Στάλθηκε από το iPhone μου",
    "Đã gửi từ iPhone của tôi",
    "Dikirim dari iPhone saya",
    "ส่งจาก iPhone ของฉัน",
    "נשלח מה-iPhone שלי",
    "أُرسلت من الـ iPhone",
]


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_the_attribution_of_a_program_goes_with_its_quotation(program: str) -> None:
    """mailgun/talon#129: stripping fails per client and language."""
    attribution = ATTRIBUTIONS[program]
    split = split_reply(f"It still burns.\n\nThanks\n\n{attribution}\n\n> Is it out?\n>\n> Ada\n")

    assert split.reply_text == "It still burns.\n\nThanks"
    assert split.quoted_text.startswith(attribution)


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_the_attribution_of_a_program_over_an_unquoted_mail(program: str) -> None:
    split = split_reply(f"It still burns.\n\n{ATTRIBUTIONS[program]}\n\nIs it out?\n")

    assert split.reply_text == "It still burns."


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_an_answer_below_what_a_program_quotes(program: str) -> None:
    split = split_reply(f"{ATTRIBUTIONS[program]}\n> Is it out?\n> Ada\n\nNo, it burns.\n")

    assert split.reply_text == "No, it burns."


@pytest.mark.parametrize(
    "first", ["* Ada Lovelace <ada@example.org> [2026-06-01 10:30]:", "Ada <ada@example.org> (1.6.2026 10:30):"]
)
def test_name_and_moment_are_an_attribution_only_above_quoted_lines(first: str) -> None:
    """Mutt's usual attributions; above anything else such a line may be the person's own."""
    assert split_reply(f"It still burns.\n\n{first}\n> Is it out?\n").reply_text == "It still burns."
    assert split_reply(f"He says:\n\n{first}\nno fire\n").reply_text == f"He says:\n\n{first}\nno fire"


@pytest.mark.parametrize("program", BLOCKS)
@pytest.mark.parametrize("rule", ["", "________________________________\n", "--------------------\n"])
def test_the_header_block_of_a_program_goes_from_its_first_line(program: str, rule: str) -> None:
    split = split_reply(f"It still burns.\n\n{rule}{BLOCKS[program]}\n\nIs it out?\n")

    assert split.reply_text == "It still burns."
    assert split.quoted_text.endswith("Is it out?")


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("below", ["", f"\n\n{ATTRIBUTIONS['K-9']}\n> Is it out?\n", f"\n\n{BLOCKS['GMX']}\n\nOut?\n"])
def test_what_a_program_signs_with_is_no_part_of_the_reply(signature: str, below: str) -> None:
    split = split_reply(f"It still burns.\n\n{signature}{below}")

    assert split.reply_text == "It still burns."


HTML_SIGNATURES = {
    "Gmail": '<div dir="ltr" class="gmail_signature">Bob<br>Acme</div>',
    "Outlook on the web": '<div id="Signature"><p>Bob</p><p>Acme</p></div>',
    "GMX": '<div class="signature">Bob<br>Acme</div>',
    "Thunderbird": '<div class="moz-signature">Bob<br>Acme</div>',
    "Proton": '<div class="protonmail_signature_block">Bob<br>Acme</div>',
    "Zoho": '<div id="Zm-_Id_-Sgn"><div>Bob<br>Acme</div></div>',
}
HTML_QUOTATION = '<div class="gmail_quote">On Monday, Ada wrote:<blockquote>Is it out?</blockquote></div>'


@pytest.mark.parametrize("program", HTML_SIGNATURES)
@pytest.mark.parametrize("quotation", ["", HTML_QUOTATION])
def test_what_html_calls_a_signature_is_none_of_the_reply(program: str, quotation: str) -> None:
    html = f"<div>It burns.</div>{HTML_SIGNATURES[program]}{quotation}"
    quoted = "\n\nOn Monday, Ada wrote:\n> Is it out?" if quotation else ""
    split = split_reply(f"It burns.\n\nBob\nAcme{quoted}", html)

    assert split.reply_text == "It burns."
    assert "Bob" in split.signature


def test_words_that_stand_out_are_the_same_in_plain_text() -> None:
    html = f'<div>It <b>still</b> burns.</div><div class="gmail_signature"><b>Bob</b></div>{HTML_QUOTATION}'
    split = split_reply("It *still* burns.\n\n*Bob*\n\nOn 1 Jun 2026 at 10:30, Ada wrote:\n> Is it out?", html)

    assert (split.reply_text, split.signature) == ("It *still* burns.", "*Bob*")


def test_words_behind_and_below_a_signature_are_kept() -> None:
    html = f'<div class="signature">Bob</div>It burns.<p>A lot.</p>{HTML_QUOTATION}'

    assert split_reply("Bob\nIt burns.\n\nA lot.\n\nOn 1 Jun 2026 at 10:30, Ada wrote:\n> x", html).reply_text == (
        "Bob\nIt burns.\n\nA lot."
    )
    long = f'<p>Hello</p><div id="Signature">{"It burns and burns. " * 60}</div>'
    assert split_reply("Hello\n\n" + "It burns and burns. " * 60, long).reply_text.endswith("It burns and burns. ")
    assert split_reply("Hello\nBob", '<div class="signature">Hello<br>Bob</div>').reply_text == "Hello\nBob"


def test_a_disclaimer_below_the_quotation_is_no_answer_to_it() -> None:
    disclaimer = "This e-mail is confidential. If you are not the intended recipient, please delete it at once."
    split = split_reply(f"It burns.\n\nOn 1 Jun 2026 at 10:30, Ada wrote:\n> Is it out?\n\n{disclaimer}")

    assert (split.reply_text, split.signature) == ("It burns.", disclaimer)
