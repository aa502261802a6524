"""What mail programs write above a quotation, language by language.

One row a language: Czech, Danish, Dutch, English, Finnish, French, German, Greek, Hungarian, Italian, Japanese, Korean,
Norwegian, Polish, Portuguese, Romanian, Russian, Spanish, Swedish, Turkish, Ukrainian, Vietnamese, Chinese and more.
"""

from bot.email.word_lists import phrases

# ruff: noqa: RUF001 (the words of other scripts are meant)


# "On <date>, <somebody> wrote:": how the line begins, for programs that begin it with a word.
ON = phrases(
    "on, at, am, vom, le, el, em, il, op, den, på, w dniu, dnia, dne, dňa, vào, în, pe, в, на, στις, dana, pada, "
    "în data de, el dia, のとき, 在, 於, 于, ngày, lúc, il giorno, em data, ב-, בתאריך, في, بتاريخ, ในวันที่, เมื่อ, "
    "kuupäev, در تاریخ, noong, o, la, no dia, v, u, у, na, mnamo, ar"
)
# … and the word that ends it, or stands before the name.
WROTE = phrases(
    "wrote, writes, sent, has written, schrieb, geschrieben, a écrit, écrit, écrivait, escribió, escribio, escreveu, "
    "ha scritto, scrive, schreef, volgende geschreven, skrev, napisał, napisała, napisał(a), pisze, napsal, napsala, "
    "napsal(a), napísal, napísala, napísal(a), írta, kirjoitti, yazdı, yazmış, a scris, đã viết, написал, написала, "
    "написал(а), пишет, писал, писал(а), пише, написав, написав(ла), написа, έγραψε, napisao, napisala, napisao/la, "
    "va escriure, menulis, viết, 写道, 寫道, 写到, のメール, 書きました, 작성, 님이 작성, 썼습니다, كتب, כתב, כתבה, "
    "rakstīja, rašė, kirjutas, je napisal, написав(-ла), написала(-ла), เขียนว่า, เขียน, تمت كتابة ما يلي بواسطة, "
    "missatge de, מאת, napisana przez, napisal je, folgendes geschrieben, је написао, је написала, је написао/ла, "
    "نوشت, ने लिखा, लिखा, skrifaði, escribiu, geskryf, isinulat, hau idatzi du, idatzi du, ka shkruar, shkroi, "
    "жазды, написав/ла, aliandika, je napísal, je napisao, escribía, écrivez, ha escrito, raksta, rašo, a írta"
)
# The labels of the header block that Outlook and others put above a quotation.
FROM = phrases(
    "from, von, de, da, van, från, fra, od, от, отправитель, от кого, lähettäjä, feladó, kimden, gönderen, de la, "
    "expéditeur, remitente, mittente, remetente, 差出人, 送信元, 发件人, 寄件者, 寄件人, 보낸 사람, 발신, από, від, "
    "từ, nuo, saatja, expedit de, afzender, absender, מאת, من, จาก, dari, šalje, pošiljatelj, sūtītājs, изпраща, "
    "подател, siuntėjas, frá, bidaltzailea, sendandi, отправлено от, 보낸사람, 送信者, no, від кого, од, nork, از, "
    "प्रेषक, daripada, кімнен, nga, oddi wrth, siuntė, saatis, ke, з, 发件者, 보낸이, 발신자, 發件人, 傳送者, kutoka"
)
DATE = phrases(
    "date, sent, datum, gesendet, gesendet am, envoyé, envoyé le, data, inviato, fecha, enviado, enviado el, "
    "enviada em, enviado em, verzonden, skickat, sendt, dato, wysłano, wysłane, отправлено, дата, lähetetty, "
    "päivämäärä, päiväys, elküldve, dátum, gönderilme tarihi, tarih, gönderildi, trimis, 送信日時, 日付, 日時, "
    "发送时间, 发送日期, 日期, 寄件日期, 時間, 보낸 날짜, 날짜, ημερομηνία, надіслано, odesláno, odoslané, ngày, "
    "đã gửi, στάλθηκε, נשלח, תאריך, تاريخ الإرسال, تم الإرسال, التاريخ, ส่ง, ส่งเมื่อ, วันที่, dikirim, tanggal, "
    "poslano, изпратено, изпратено на, saadetud, kuupäev, išsiųsta, nosūtīts, datums, enviat el, enviat, "
    "data i godzina, gönderme tarihi, sent on, date sent, envoyé(e), date d'envoi, sendt den, 보낸날짜, 発信日時, "
    "送信, dátum odoslania, надісланий, време, posláno, poslato, послато, испратено, αποστολή, ημ/νία, "
    "bidaltze-data, bidalia, ارسال شده, تاریخ, भेजा गया, दिनांक, dihantar, tarikh, жіберілген, күні, dërguar, "
    "dërguar më, anfonwyd, gestuur, odeslané, enviado a, enviada, 傳送日期, 傳送時間, 发件日期, 送出日期, 전송 날짜, "
    "보낸 시간, gửi, ngày gửi, datë, dyddiad, stuurdatum, sendt dato, trimis la, data trimiterii, elküldés dátuma, "
    "saatmise kuupäev, išsiuntimo data, dátum a čas, дата отправки"
)
TO = phrases(
    "to, an, à, a, para, aan, til, till, do, кому, komu, vastaanottaja, címzett, kime, alıcı, către, destinataire, "
    "destinatario, 宛先, 收件人, 收件者, 받는 사람, προς, đến, pro, אל, إلى, ถึง, kepada, prima, za, primatelj, до, "
    "за, adressaat, kam, per a, 받는사람, reçu par, empfänger, ricevente, получател, nori, به, प्रति, кімге, për, at, "
    "kome, drejtuar, tới, ke, gavėjas, saajad, naar, 受件者, 받는이, 수신, 수신자, kwa, için, primaoci, прима, voor"
)
SUBJECT = phrases(
    "subject, betreff, objet, oggetto, asunto, assunto, onderwerp, ämne, emne, temat, тема, aihe, tárgy, konu, "
    "subiect, 件名, 主题, 主旨, 題名, 제목, θέμα, předmět, predmet, chủ đề, נושא, الموضوع, เรื่อง, subjek, perihal, "
    "zadeva, относно, teema, tema, tēma, assumpte, sujet, naslov, efni, gaia, موضوع, विषय, тақырып, subjekti, pwnc, "
    "предмет, наслов, tajuk, thema, тақырыбы, tiêu đề, dalykas, betr, rif, 标题, mada"
)
OTHER = phrases(
    "cc, bcc, kopie, copie, copia, cópia, kopia, копия, reply-to, reply to, antwort an, répondre à, risposta, "
    "responder a, antwoord aan, importance, priority, organization, 抄送, 참조, wichtigkeit, anlagen, attachments, "
    "pièces jointes, allegati, adjuntos, 副本, svar til, kopi, másolatot kap, עותק, نسخة, สำเนา, tembusan, másolat, "
    "kópia, kopija, cópia para, copie à, kopi til, копія, с копией, cc:, anexos, adjunto, bijlagen, bilagor, "
    "vedhæftede filer, załączniki, priorität, importancia, 添付ファイル, 附件"
)
ORIGINAL_MESSAGE = phrases(
    "original message, original appointment, reply message, ursprüngliche nachricht, originalnachricht, "
    "message d'origine, message d’origine, message original, message initial, mensaje original, messaggio originale, "
    "oorspronkelijk bericht, origineel bericht, mensagem original, originalmeddelande, ursprungligt meddelande, "
    "oprindelig meddelelse, original meddelelse, opprinnelig melding, oryginalna wiadomość, wiadomość oryginalna, "
    "исходное сообщение, оригинальное сообщение, původní zpráva, pôvodná správa, eredeti üzenet, "
    "alkuperäinen viesti, özgün ileti, orijinal mesaj, mesaj original, mesajul original, 元のメッセージ, 原始邮件, "
    "原始郵件, 邮件原件, 원본 메시지, αρχικό μήνυμα, вихідне повідомлення, original-nachricht, missatge original, "
    "thư gốc, izvorna poruka, ursprüngliche mail, ursprüngliche e-mail, original mail, original email, "
    "original e-mail, mail original, email d'origine, messaggio di origine, původní e-mail, pôvodný e-mail, "
    "回复的原邮件, 原邮件, 原始信件, 元のメール, 원본 메일, оригинално писмо, оригинално съобщение, "
    "originalna poruka, izvorno sporočilo, originali žinutė, sākotnējais ziņojums, algne kiri, algsõnum, "
    "mensagem anterior, oryginalny e-mail, исходное письмо, pesan asli, الرسالة الأصلية, הודעה מקורית, ข้อความต้นฉบับ, "
    "originalmail, original, replied message, ursprüngliche mitteilung, originale nachricht, messaggio originario, "
    "mensaje inicial, mensagem inicial, originele bericht, opprinnelig e-post, oprindelig besked, "
    "původní e-mailová zpráva, eredeti e-mail, orijinal ileti, özgün mesaj, початкове повідомлення, "
    "оригінальне повідомлення, 原邮件信息, 原始訊息, 원문, 원본메일, 원본메시지, 원래 메시지, tin nhắn gốc, "
    "upprunaleg skilaboð, jatorrizko mezua"
)
# What a help desk writes above its own text, so that an answer can be told apart.
ABOVE_THIS_LINE = phrases(
    "above this line, au-dessus de cette ligne, oberhalb dieser, über dieser zeile, encima de esta línea, "
    "acima desta linha, sopra questa riga, boven deze regel, boven deze lijn, over denne linje, ovanför denna, "
    "powyżej tej linii, выше этой, nad tento řádek, 이 줄 위에, この行より上, この線より上, 在此行上方, 在此線上方"
)
FORWARDED = phrases(
    "forwarded message, begin forwarded message, forwarded by, weitergeleitete nachricht, "
    "anfang der weitergeleiteten, message transféré, début du message transféré, mensaje reenviado, "
    "inicio del mensaje reenviado, messaggio inoltrato, inizio messaggio inoltrato, doorgestuurd bericht, "
    "begin doorgestuurd bericht, mensagem encaminhada, início da mensagem encaminhada, пересылаемое сообщение, "
    "пересланное сообщение, vidarebefordrat, videresendt, przekazana wiadomość, 转发邮件, 轉寄郵件, 転送メッセージ, "
    "přeposlaná zpráva, továbbított, välitetty viesti, iletilen, mesaj redirecționat, 전달된 메시지, přeposlaná, "
    "preposlaná správa, weitergeleitete mail, weitergeleitete e-mail, mail transféré, message transmis, "
    "missatge reenviat, переслане повідомлення, препратено съобщение, proslijeđena poruka, posredovano sporočilo, "
    "edasisaadetud, persiųsta žinutė, pārsūtīta, pesan terusan, pesan diteruskan, رسالة معاد توجيهها, הודעה שהועברה, "
    "ข้อความที่ส่งต่อ, προωθημένο μήνυμα, tin nhắn được chuyển tiếp, thư đã chuyển tiếp, 전달된 메일, "
    "転送されたメッセージ, 转发的邮件, 轉寄的郵件, videresendt melding, videresendt meddelelse, videresendt besked, "
    "edelleen lähetetty viesti, přeposlaný e-mail, yönlendirilmiş mesaj, mesaj redirectionat"
)
FORWARD_SUBJECTS = phrases(
    "fw, fwd, wg, tr, rv, i, enc, vs, vb, doorst, pd, пер, 转发, 轉寄, 転送, vl, továbbítás, iletilen, πρθ, "
    "إعادة توجيه, הועבר, 전달, trans, réexp, videresendt, vidarebefordrat, doorgestuurd, przekazano, přeposlat, "
    "preposlať"
)
# What devices and programs sign by themselves.
SENT_FROM = phrases(
    "sent from, sent via, get outlook for, sent with, sent using, gesendet von, von meinem, "
    "diese nachricht wurde von meinem, envoyé de, envoyé depuis, envoyé à partir, télécharger outlook, "
    "enviado desde, enviado de, enviado do, inviato da, verzonden vanaf, verstuurd vanaf, skickat från, sendt fra, "
    "wysłane z, wysłano z, отправлено с, отправлено из, lähetetty, odesláno z, iphone'umdan gönderildi, "
    "trimis de pe, iphoneから送信, 发自我的, 從我的, 나의 iphone에서, elküldve, надіслано з, στάλθηκε από, "
    "outlook für, holen sie sich outlook, get bluemail for, obtener outlook, scarica outlook, hämta outlook, "
    "hent outlook, skaff outlook, last ned outlook, pobierz aplikację outlook, pobierz outlook, obter o outlook, "
    "получите outlook, получить outlook, 获取 outlook, 取得 ios 版 outlook, 取得 android 版 outlook, "
    "outlook for ios を入手, outlook for android を入手, outlook voor, hanki outlook, yahoo mail: search, 从我的, "
    "發自我的, 발신: 나의, diese mail wurde von meinem, gesendet mit, envoyé avec, inviato con, verzonden met, "
    "skickat med, enviado con, enviado com, enviado a partir, odoslané z, trimis din, נשלח מה, تم الإرسال من, ส่งจาก, "
    "dikirim dari, изпратено от, poslano z, saadetud, 发自, 發自, telefonumdan gönderildi, sent on my, "
    "descarga outlook, descargar outlook, baixar o outlook, baixe o outlook, download outlook, "
    "provenance : courrier, provenance: courrier, 来自我的, 來自我的, verzonden vanuit, đã gửi từ, được gửi từ, "
    "أُرسلت من, أرسلت من, 发送自, 傳送自, stiahnuť outlook, stáhnout outlook, stáhněte si outlook, outlook letöltése, "
    "descărcați outlook, скачать outlook, завантажити outlook, skickades från, sendt med, sendt via"
)
# How a farewell begins.
CLOSINGS = phrases(
    "regards, best, thanks, thank you, cheers, sincerely, kind, warm, yours, greetings, ta, br, mit freundlichen, "
    "viele grüße, liebe grüße, gruß, grüße, mfg, lg, vg, danke, cordialement, bien à vous, merci, saludos, gracias, "
    "un saludo, atentamente, cordiali saluti, saluti, grazie, met vriendelijke, groeten, groet, bedankt, "
    "atenciosamente, obrigado, obrigada, abraço, med vänlig, mvh, hälsningar, tack, med venlig, hilsen, pozdrawiam, "
    "dzięki, с уважением, спасибо, s pozdravem, üdvözlettel, terveisin, saygılarımla, teşekkürler, cu stimă, "
    "mulțumesc, よろしく, 谢谢"
)
# The three things that a disclaimer says.
CONFIDENTIAL = phrases(
    "confidential, privileged, vertraulich, geschützt, confidentiel, confidencial, riservat, confidenzial, "
    "vertrouwelijk, konfidentiell, fortrolig, poufn, důvěrn, dôvern, bizalmas, luottamuksell, gizli, конфиденц, "
    "конфіденц, εμπιστευτ, 機密, 保密"
)
ADDRESSEE = phrases(
    "recipient, addressee, addressed, intended for, adressat, empfänger, destinataire, destinatari, destinat, "
    "geadresseerde, mottagare, modtager, mottaker, adresat, příjemc, címzett, vastaanottaj, alıcı, адресат, "
    "получател, одержувач, παραλήπτ, 收件人, 宛先, 受信者"
)
IN_ERROR = phrases(
    "in error, by mistake, mistakenly, delete, destroy, irrtümlich, löschen, vernichten, par erreur, détruire, "
    "supprimer, por error, eliminación, eliminar, elimine, por engano, apagar, per errore, cancellar, verwijder, "
    "vernietig, av misstag, radera, ved en fejl, slet, ved en feil, slett, omyłkow, usun, omylem, smaž, tévedés, "
    "törölje, virhe, poista, yanlışlıkla, silin, ошибк, удалит, помилк, εσφαλμ, 誤, 删除, 刪除"
)
