"""How out-of-office answers begin their subject, and what they say, language by language."""

from bot.email.word_lists import phrases

# ruff: noqa: RUF001 (letters of other scripts are meant)


# The beginning of a subject; a person may write such a one, too, so that it never decides alone.
SUBJECTS = phrases(
    "out of office, out-of-office, out of the office, automatic reply, automatic response, auto reply, auto-reply, "
    "autoreply, auto response, auto-response, autoresponse, autoresponder, away from, on vacation, on holiday, "
    "on leave, on annual leave, vacation reply, vacation notice, vacation message, i am away, i am out of, ooo, "
    "abwesen, automatische antwort, nicht im büro, urlaub, absence, absent, réponse automatique, message d'absence, "
    "message d’absence, en congé, respuesta automática, fuera de la oficina, fuera de oficina, ausente, "
    "risposta automatica, fuori sede, fuori ufficio, assente, automatisch antwoord, afwezig, niet aanwezig, "
    "resposta automática, ausência, fora do escritório, autosvar, automatiskt svar, frånvaro, automatisk svar, "
    "fraværende, fravær, ikke på kontoret, poissa, automaattinen vastaus, autoodpowiedź, odpowiedź automatyczna, "
    "nieobecno, automatická odpověď, nepřítomn, automatická odpoveď, neprítomn, автоответ, автоматический ответ, "
    "вне офиса, отсутств, автоматична відповідь, відсутн, otomatik yanıt, ofis dışı, automatikus válasz, "
    "házon kívül, răspuns automat, αυτόματη απάντηση, εκτός γραφείου, trả lời tự động, 自動応答, 自動返信, 不在, "
    "自动回复, 自動回覆, 외출, 자동 회신, 부재중, "
    "frånvarande, automatyczna odpowiedź, автоматичен отговор, "
    "自动答复, 自動答覆, 자동 응답, תשובה אוטומטית, رد تلقائي, "
    "ตอบกลับอัตโนมัติ, balasan otomatis, automatski odgovor, samodejni odgovor, "
    "automaatvastus, automatinis atsakymas, "
    "automātiskā atbilde, resposta automàtica, svar ved fravær, ej på plats, vacation:, [auto-reply], [autoreply], "
    "[automatic reply], [auto reply], auto:, hors du bureau, pois toimistosta, außer haus"
)
# Those that name a matter, too: "Urlaub: form is broken", "Autoreply: how to switch it off".
AMBIGUOUS = frozenset(
    phrases("urlaub, absence, ausente, absent, assente, autoreply, vacation:, auto:, en congé, on leave, poissa, 不在")
)
# The end of a subject that begins with a name, as Notes writes it: `Ada Lovelace is out of the office.`
SUBJECT_ENDINGS = phrases(
    "is out of the office, is out of office, is away, ist außer haus, ist nicht im büro, est absent, est absente, "
    "est absent(e), (out of office), está fuera de la oficina, está ausente, è fuori ufficio, is afwezig, "
    "är inte på kontoret, er ikke på kontoret, jest nieobecny, je mimo kancelář, вне офиса"
)
# Anywhere in the first lines of the text.
PHRASES = phrases(
    "out of office, out of the office, on vacation, on annual leave, on holiday, on parental leave, "
    "limited access to my email, limited access to email, limited access to e-mail, will be back, i will return, "
    "returning on, automatic reply, automatically generated, received your message, received your email, "
    "away from, away until, not in the office, nicht im büro, nicht im haus, im urlaub, wieder erreichbar, "
    "nicht erreichbar, abwesend, zurück am, absent, de retour, en congé, pas au bureau, fuera de la oficina, "
    "de vacaciones, regreso, vuelvo, fuori sede, fuori ufficio, in ferie, rientr, afwezig, met vakantie, terug op, "
    "ausente, de férias, retorno, semester, tillbaka, ferie, tilbage, tilbake, urlop, nieobecn, wracam, отпуск, "
    "отсутств, вернусь, dovolen, nepřítom, szabadság, lomalla, izinde, tatilde, concediu, відпуст, 不在, 休暇, "
    "休假, 부재"
)
