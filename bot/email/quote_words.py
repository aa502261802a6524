"""What mail programs write above a quotation, language by language.

One row a language: Czech, Danish, Dutch, English, Finnish, French, German, Greek, Hungarian, Italian, Japanese, Korean,
Norwegian, Polish, Portuguese, Romanian, Russian, Spanish, Swedish, Turkish, Ukrainian, Vietnamese, Chinese and more.
"""

from bot.email.word_lists import phrases

# ruff: noqa: RUF001 (the words of other scripts are meant)


# "On <date>, <somebody> wrote:": how the line begins, for programs that begin it with a word.
ON = phrases(
    "on, at, am, vom, le, el, em, il, op, den, på, w dniu, dnia, dne, dňa, vào, în, pe, в, на, στις, "
    "dana, pada, în data de, el dia, のとき, 在, 於, 于, ngày, lúc, il giorno, "
    "em data, ב-, בתאריך, في, بتاريخ"
)
# … and the word that ends it, or stands before the name.
WROTE = phrases(
    "wrote, writes, sent, has written, schrieb, geschrieben, a écrit, écrit, écrivait, escribió, "
    "escribio, escreveu, ha scritto, scrive, schreef, volgende geschreven, skrev, napisał, napisała, "
    "napisał(a), pisze, napsal, napsala, napsal(a), napísal, napísala, napísal(a), írta, kirjoitti, "
    "yazdı, yazmış, a scris, đã viết, написал, написала, написал(а), пишет, писал, писал(а), пише, "
    "написав, написав(ла), написа, έγραψε, napisao, napisala, napisao/la, va escriure, menulis, viết, "
    "写道, 寫道, 写到, のメール, 書きました, 작성, 님이 작성, 썼습니다, كتب, כתב, כתבה, rakstīja, rašė, "
    "kirjutas, je napisal"
)
# The labels of the header block that Outlook and others put above a quotation.
FROM = phrases(
    "from, von, de, da, van, från, fra, od, от, отправитель, от кого, lähettäjä, feladó, kimden, "
    "gönderen, de la, expéditeur, remitente, mittente, remetente, 差出人, 送信元, 发件人, 寄件者, "
    "寄件人, 보낸 사람, 발신, από, від, từ, nuo, saatja, expedit de, afzender, absender"
)
DATE = phrases(
    "date, sent, datum, gesendet, gesendet am, envoyé, envoyé le, data, inviato, fecha, enviado, "
    "enviado el, enviada em, enviado em, verzonden, skickat, sendt, dato, wysłano, wysłane, отправлено, "
    "дата, lähetetty, päivämäärä, päiväys, elküldve, dátum, gönderilme tarihi, tarih, gönderildi, "
    "trimis, 送信日時, 日付, 日時, 发送时间, 发送日期, 日期, 寄件日期, 時間, 보낸 날짜, 날짜, "
    "ημερομηνία, надіслано, odesláno, odoslané, ngày, đã gửi, στάλθηκε"
)
TO = phrases(
    "to, an, à, a, para, aan, til, till, do, кому, komu, vastaanottaja, címzett, kime, alıcı, către, "
    "destinataire, destinatario, 宛先, 收件人, 收件者, 받는 사람, προς, đến, pro"
)
SUBJECT = phrases(
    "subject, betreff, objet, oggetto, asunto, assunto, onderwerp, ämne, emne, temat, тема, aihe, tárgy, "
    "konu, subiect, 件名, 主题, 主旨, 題名, 제목, θέμα, předmět, predmet, chủ đề"
)
OTHER = phrases(
    "cc, bcc, kopie, copie, copia, cópia, kopia, копия, reply-to, reply to, antwort an, répondre à, "
    "risposta, responder a, antwoord aan, importance, priority, organization, 抄送, 참조, wichtigkeit, "
    "anlagen, attachments, pièces jointes, allegati, adjuntos, 副本, svar til, kopi, másolatot kap"
)
ORIGINAL_MESSAGE = phrases(
    "original message, original appointment, reply message, ursprüngliche nachricht, originalnachricht, "
    "message d'origine, message d’origine, message original, message initial, mensaje original, "
    "messaggio originale, oorspronkelijk bericht, origineel bericht, mensagem original, "
    "originalmeddelande, ursprungligt meddelande, oprindelig meddelelse, original meddelelse, "
    "opprinnelig melding, oryginalna wiadomość, wiadomość oryginalna, исходное сообщение, "
    "оригинальное сообщение, původní zpráva, pôvodná správa, eredeti üzenet, alkuperäinen viesti, "
    "özgün ileti, orijinal mesaj, mesaj original, mesajul original, 元のメッセージ, 原始邮件, 原始郵件, "
    "邮件原件, 원본 메시지, αρχικό μήνυμα, вихідне повідомлення, original-nachricht, missatge original, "
    "thư gốc, izvorna poruka"
)
FORWARDED = phrases(
    "forwarded message, begin forwarded message, forwarded by, weitergeleitete nachricht, "
    "anfang der weitergeleiteten, message transféré, début du message transféré, mensaje reenviado, "
    "inicio del mensaje reenviado, messaggio inoltrato, inizio messaggio inoltrato, "
    "doorgestuurd bericht, begin doorgestuurd bericht, mensagem encaminhada, "
    "início da mensagem encaminhada, пересылаемое сообщение, пересланное сообщение, vidarebefordrat, "
    "videresendt, przekazana wiadomość, 转发邮件, 轉寄郵件, 転送メッセージ, přeposlaná zpráva, "
    "továbbított, välitetty viesti, iletilen, mesaj redirecționat, 전달된 메시지"
)
FORWARD_SUBJECTS = phrases("fw, fwd, wg, tr, rv, i, enc, vs, vb, doorst, pd, пер, 转发, 轉寄, 転送")
# What devices and programs sign by themselves.
SENT_FROM = phrases(
    "sent from, sent via, get outlook for, sent with, sent using, gesendet von, von meinem, "
    "diese nachricht wurde von meinem, envoyé de, envoyé depuis, envoyé à partir, télécharger outlook, "
    "enviado desde, enviado de, enviado do, inviato da, verzonden vanaf, verstuurd vanaf, skickat från, "
    "sendt fra, wysłane z, wysłano z, отправлено с, отправлено из, lähetetty, odesláno z, "
    "iphone'umdan gönderildi, trimis de pe, iphoneから送信, 发自我的, 從我的, 나의 iphone에서, elküldve, "
    "надіслано з, στάλθηκε από, outlook für, holen sie sich outlook"
)
# How a farewell begins.
CLOSINGS = phrases(
    "regards, best, thanks, thank you, cheers, sincerely, kind, warm, yours, greetings, ta, br, "
    "mit freundlichen, viele grüße, liebe grüße, gruß, grüße, mfg, lg, vg, danke, cordialement, "
    "bien à vous, merci, saludos, gracias, un saludo, atentamente, cordiali saluti, saluti, grazie, "
    "met vriendelijke, groeten, groet, bedankt, atenciosamente, obrigado, obrigada, abraço, med vänlig, "
    "mvh, hälsningar, tack, med venlig, hilsen, pozdrawiam, dzięki, с уважением, спасибо, s pozdravem, "
    "üdvözlettel, terveisin, saygılarımla, teşekkürler, cu stimă, mulțumesc, よろしく, 谢谢"
)
