"""How automatic answers begin their subject, and what they say, language by language."""

from bot.email.word_lists import phrases

# ruff: noqa: RUF001 (letters of other scripts are meant)


# The beginning of a subject; a person may write such a one, too, so that it never decides alone.
SUBJECTS = phrases(
    "out of office, out-of-office, out of the office, automatic reply, automatic response, auto reply, auto-reply, "
    "autoreply, auto response, auto-response, autoresponse, autoresponder, away from, on vacation, on holiday, "
    "on leave, on annual leave, vacation reply, vacation notice, vacation message, i am away, i am out of, ooo:, "
    "ooo until, ooo from, abwesen, automatische antwort, nicht im büro, urlaub, absence, absent, "
    "réponse automatique, message d'absence, message d’absence, en congé, respuesta automática, fuera de la oficina, "
    "fuera de oficina, ausente, risposta automatica, fuori sede, fuori ufficio, assente, automatisch antwoord, "
    "afwezig, niet aanwezig, resposta automática, ausência, fora do escritório, autosvar, automatiskt svar, "
    "frånvaro, automatisk svar, fraværende, fravær, ikke på kontoret, poissa, automaattinen vastaus, autoodpowiedź, "
    "odpowiedź automatyczna, nieobecno, automatická odpověď, nepřítomn, automatická odpoveď, neprítomn, автоответ, "
    "автоматический ответ, вне офиса, отсутств, автоматична відповідь, відсутн, otomatik yanıt, ofis dışı, "
    "automatikus válasz, házon kívül, răspuns automat, αυτόματη απάντηση, εκτός γραφείου, trả lời tự động, 自動応答, "
    "自動返信, 不在, 自动回复, 自動回覆, 외출, 자동 회신, 부재중, frånvarande, automatyczna odpowiedź, "
    "автоматичен отговор, 自动答复, 自動答覆, 자동 응답, תשובה אוטומטית, رد تلقائي, ตอบกลับอัตโนมัติ, "
    "balasan otomatis, automatski odgovor, samodejni odgovor, automaatvastus, automatinis atsakymas, "
    "automātiskā atbilde, resposta automàtica, svar ved fravær, ej på plats, vacation:, auto:, hors du bureau, "
    "pois toimistosta, außer haus, sjálfvirkt svar, аутоматски одговор, balasan automatik, پاسخ خودکار, "
    "erantzun automatikoa, स्वचालित उत्तर, otomatik cevap, réponse auto, rép. auto, auto :, automatisierte antwort, "
    "autoantwort, risposta auto, respuesta auto, en vacances, de vacaciones, in ferie, på semester, på ferie, "
    "na dovolené, na urlopie, в отпуске, у відпустці, 休暇, 休假, 부재 중, 자동회신, 自動回信, tự động trả lời, "
    "автоматски одговор, автоответчик, odsutan, odsoten, puudumine, prombūtne"
)
# Those that name a matter, too: "Urlaub: form is broken", "Autoreply: how to switch it off".
AMBIGUOUS = frozenset(
    phrases(
        "urlaub, absence, ausente, absent, assente, autoreply, vacation:, auto:, auto :, en congé, on leave, poissa, "
        "不在, en vacances, de vacaciones, in ferie, på semester, på ferie, 休暇, 休假, odsutan, odsoten, puudumine"
    )
)
# Those that only programs write, as a mark in brackets: `[Auto-Reply] Re: Printer`.
MARKS = phrases(
    "auto-reply, autoreply, auto reply, automatic reply, automatic response, auto-response, autoresponse, "
    "auto response, automated reply, automated response, autoresponder, out of office, ooo, vacation reply, "
    "automatische antwort, autoantwort, abwesenheitsnotiz, réponse automatique, respuesta automática, "
    "risposta automatica, resposta automática, automatisch antwoord, autosvar, automatisk svar, automatiskt svar, "
    "automaattinen vastaus, odpowiedź automatyczna, autoodpowiedź, automatická odpověď, automatická odpoveď, "
    "автоответ, автоматический ответ, автоматична відповідь, otomatik yanıt, automatikus válasz, răspuns automat, "
    "αυτόματη απάντηση, 自動返信, 自動応答, 自动回复, 自動回覆, 자동 회신, 자동회신"
)
# The end of a subject that begins with a name, as Notes writes it: `Ada Lovelace is out of the office.`
SUBJECT_ENDINGS = phrases(
    "is out of the office, is out of office, is away, ist außer haus, ist nicht im büro, est absent, est absente, "
    "est absent(e), (out of office), está fuera de la oficina, está ausente, è fuori ufficio, is afwezig, "
    "är inte på kontoret, er ikke på kontoret, jest nieobecny, je mimo kancelář, вне офиса, non è in ufficio, "
    "est absent du bureau, est absente du bureau, está ausente do escritório, está fora do escritório, "
    "is niet op kantoor, on poissa toimistosta, jest poza biurem, není v kanceláři, nie je v kancelárii, "
    "ofis dışında, is on vacation, is on leave, is on annual leave, ist im urlaub, ist abwesend, est en congé, "
    "est en vacances, è in ferie, está de vacaciones, está de férias, is op vakantie, är på semester, er på ferie, "
    "on lomalla, jest na urlopie, je na dovolené, в отпуске, szabadságon van, irodán kívül van"
)
# What only an automatic answer says of itself.
ANSWERS = phrases(
    "this is an automatic reply, this is an automatic response, this is an automated reply, this is an auto-reply, "
    "this is an automated response, this is an auto-response, this is an autoreply, this is an auto reply, "
    "this is an autoresponse, this is an auto response, this automatic reply, automatic reply from, "
    "this is an automatically generated reply, this is an automatically generated response, "
    "you are receiving this automatic, you have received this automatic, this auto-reply, this message is an auto, "
    "this message is an automatic, this message is an automated re, this email is an automated re, "
    "this email is an automatic re, this e-mail is an automatic re, this e-mail is an automated re, "
    "dies ist eine automatische antwort, dies ist eine automatisch, das ist eine automatische antwort, "
    "diese antwort wurde automatisch, diese nachricht ist eine automatische, ceci est une réponse automatique, "
    "ce message est une réponse automatique, esta es una respuesta automática, "
    "este es un mensaje automático de respuesta, esto es una respuesta automática, questa è una risposta automatica, "
    "questo è un messaggio automatico di risposta, esta é uma resposta automática, dit is een automatisch antwoord, "
    "dit is een automatische reactie, detta är ett automatiskt svar, det här är ett automatiskt svar, "
    "dette er et automatisk svar, tämä on automaattinen vastaus, to jest automatyczna odpowiedź, "
    "to jest odpowiedź automatyczna, toto je automatická odpověď, toto je automatická odpoveď, "
    "ez egy automatikus válasz, acesta este un răspuns automat, это автоматический ответ, "
    "данное письмо является автоматическим, це автоматична відповідь, това е автоматичен отговор, "
    "αυτή είναι μια αυτόματη απάντηση, bu otomatik bir yanıttır, bu bir otomatik yanıt, これは自動返信です, "
    "このメールは自動返信, 自動返信メールです, 这是一封自动回复, 此邮件为自动回复, 本邮件为自动回复, 這是自動回覆, "
    "자동 회신입니다, 자동응답 메일, đây là thư trả lời tự động, זוהי תשובה אוטומטית, هذا رد تلقائي, "
    "นี่คือข้อความตอบกลับอัตโนมัติ"
)
# How somebody who is away says so; what is wrong with other people's absences is said otherwise.
STATEMENTS = phrases(
    "i am out of the office, i am out of office, i'm out of the office, i'm out of office, i am currently out, "
    "i'm currently out, i am currently away, i'm currently away, i am away from, i'm away from, i am away until, "
    "i'm away until, i am on vacation, i'm on vacation, i am on holiday, i'm on holiday, i am on annual leave, "
    "i'm on annual leave, i am on leave, i'm on leave, i am on parental leave, i am on maternity leave, "
    "i am currently on, i'm currently on, i am not in the office, i'm not in the office, "
    "i will be out of the office, i'll be out of the office, currently out of the office, "
    "i will have limited access, with limited access to e, i have limited access to e, i will reply when i return, "
    "will respond when i return, upon my return, i will be returning, i am no longer with, is no longer with, "
    "no longer works, ich bin bis, ich bin vom, ich bin derzeit, ich bin zurzeit, ich bin zur zeit, "
    "ich bin momentan, ich bin aktuell, ich bin im urlaub, ich bin nicht im, ich bin ab, ich bin am, "
    "ich bin abwesend, bin ich nicht im büro, bin ich nicht erreichbar, ich befinde mich, wird nicht weitergeleitet, "
    "ihre mail wird nicht, bin ich wieder, je suis absent, je suis actuellement, je suis en congé, "
    "je suis en vacances, je serai absent, je serai de retour, en mon absence, de retour le, estoy fuera, "
    "estoy ausente, estoy de vacaciones, estaré fuera, estaré ausente, me encuentro fuera, "
    "me encuentro de vacaciones, sono fuori, sono in ferie, sono assente, sarò fuori, sarò assente, sarò in ferie, "
    "estou fora, estou ausente, estou de férias, estarei fora, estarei ausente, encontro-me ausente, ik ben afwezig, "
    "ik ben niet, ik ben momenteel, ik ben met vakantie, ik ben op vakantie, jag är inte, jag är på semester, "
    "jag har semester, jag är borta, jag är tillbaka, jeg er ikke, jeg er på ferie, jeg holder ferie, "
    "jeg er tilbake, jeg er tilbage, olen poissa, olen lomalla, olen vuosilomalla, jestem na urlopie, jestem poza, "
    "jestem nieobecn, przebywam na urlopie, jsem mimo kancelář, jsem na dovolené, nejsem v kanceláři, jsem nepřítom, "
    "som na dovolenke, nie som v kancelárii, házon kívül vagyok, irodán kívül vagyok, szabadságon vagyok, "
    "sunt în concediu, nu sunt la birou, я в отпуске, я нахожусь в отпуске, меня нет в офисе, я отсутствую, "
    "я буду отсутствовать, нахожусь вне офиса, я у відпустці, я відсутн, в отпуск съм, извън офиса съм, "
    "είμαι εκτός γραφείου, απουσιάζω, ofis dışındayım, izindeyim, tatildeyim, yıllık izin, na godišnjem sam, "
    "na godišnjem odmoru, odsotna sem, odsoten sem, 休暇を取っ, 休暇中です, 不在にして, 外出して, 休假中, "
    "我正在休假, 我目前不在, 出差中, 휴가 중, 부재 중입니다, tôi đang nghỉ, tôi vắng mặt, saya sedang cuti, "
    "saya tidak di kantor, אני מחוץ למשרד, אני בחופש, أنا خارج المكتب, esu atostogose, šobrīd esmu, olen puhkusel"
)
# Anywhere in the first lines of the text.
PHRASES = phrases(
    "out of office, out of the office, on vacation, on annual leave, on holiday, on parental leave, "
    "limited access to my email, limited access to email, limited access to e-mail, will be back, i will return, "
    "returning on, automatic reply, automatically generated, received your message, received your email, away from, "
    "away until, not in the office, nicht im büro, nicht im haus, im urlaub, wieder erreichbar, nicht erreichbar, "
    "abwesend, zurück am, absent, de retour, en congé, pas au bureau, fuera de la oficina, de vacaciones, regreso, "
    "vuelvo, fuori sede, fuori ufficio, in ferie, rientr, afwezig, met vakantie, terug op, ausente, de férias, "
    "retorno, semester, tillbaka, ferie, tilbage, tilbake, urlop, nieobecn, wracam, отпуск, отсутств, вернусь, "
    "dovolen, nepřítom, szabadság, lomalla, izinde, tatilde, concediu, відпуст, 不在, 休暇, 休假, 부재"
)
