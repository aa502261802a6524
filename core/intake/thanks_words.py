"""Words of thanks, and what people say around them, language by language. Lower case, without punctuation.

Arabic, Chinese, Czech, Danish, Dutch, English, Finnish, French, German, Greek, Hebrew, Hindi, Hungarian, Indonesian,
Italian, Japanese, Korean, Norwegian, Polish, Portuguese, Romanian, Russian, Slovak, Spanish, Swedish, Turkish,
Ukrainian, Vietnamese.
"""

# ruff: noqa: RUF001 (letters of other scripts are meant)


def _phrases(listed: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in listed.split(","))


# At least one of these makes a text a thank-you.
THANKS = _phrases(
    "thank you, thanks, thank u, thankyou, thx, tks, tnx, thnx, ty, many thanks, much appreciated, appreciated, "
    "cheers, i appreciate it, we appreciate it, danke, dankeschön, dankesehr, vielen dank, herzlichen dank, "
    "besten dank, tausend dank, ich danke ihnen, wir danken ihnen, merci, mille mercis, je vous remercie, "
    "nous vous remercions, gracias, muchas gracias, mil gracias, muchísimas gracias, se agradece, obrigado, "
    "obrigada, muito obrigado, muito obrigada, agradeço, agradecido, agradecida, valeu, grazie, grazie mille, "
    "mille grazie, ti ringrazio, la ringrazio, vi ringrazio, bedankt, dank je, dank u, dank je wel, dank u wel, "
    "dankjewel, dankuwel, hartelijk dank, tack, tack så mycket, tusen tack, stort tack, tak, mange tak, "
    "tusind tak, takk, tusen takk, mange takk, kiitos, kiitoksia, paljon kiitoksia, dzięki, dziękuję, dziekuje, "
    "dziękujemy, děkuji, děkuju, díky, děkujeme, ďakujem, ďakujeme, vďaka, спасибо, благодарю, благодарим, дякую, "
    "дякуємо, спасибі, teşekkürler, teşekkür ederim, teşekkür ederiz, sağ olun, sağolun, köszönöm, köszönjük, "
    "köszi, mulțumesc, mulţumesc, multumesc, mersi, mulțumim, ευχαριστώ, ευχαριστούμε, σας ευχαριστώ, ありがとう, "
    "ありがとうございます, ありがとうございました, 有難うございます, 有難うございました, 感謝します, "
    "感謝いたします, 谢谢, 謝謝, 多谢, 多謝, 感谢, 感謝, 非常感谢, 非常感謝, 谢谢你, 谢谢您, 謝謝您, 감사합니다, "
    "고맙습니다, 감사해요, 고마워요, 감사드립니다, شكرا, شكراً, شكرا جزيلا, شكراً جزيلاً, תודה, תודה רבה, cảm ơn, "
    "cám ơn, xin cảm ơn, cảm ơn bạn, terima kasih, makasih, धन्यवाद, शुक्रिया"
)
# These may stand around it and add nothing that anybody must look at.
AROUND = _phrases(
    # how much, for what
    "so much, very much, a lot, a bunch, again, once again, once more, a million, kindly, all, to you all, "
    "everyone, everybody, team, guys, for your help, for the help, for all your help, for your quick help, "
    "for your support, for the support, for your assistance, for your time, for the quick reply, "
    "for your quick reply, for your reply, for the reply, for the quick response, for your quick response, "
    "for the fast response, for the prompt response, for your answer, for the answer, for the update, "
    "for the info, for the information, for letting me know, for getting back to me, for fixing it, "
    "for fixing this, for the quick fix, for the fix, and, it, "
    # it is well now
    "ok, okay, it works, works, it works now, works now, it is working, it is working now, it's working now, "
    "working now, works fine, works great, works perfectly, everything works, everything works now, that worked, "
    "it worked, this worked, that works, this works, that helped, this helped, that did it, that did the trick, "
    "that fixed it, that solved it, that solved my problem, solved, fixed, resolved, problem solved, issue solved, "
    "issue resolved, problem resolved, all good, all good now, all set, got it, great, perfect, excellent, "
    "awesome, wonderful, fantastic, amazing, super, nice, brilliant, lovely, cool, very helpful, great help, "
    "great job, great work, good job, well done, really appreciate it, that is great, that's great, "
    "that is perfect, that's perfect, "
    # greetings and wishes
    "hi, hello, hey, dear, good morning, good afternoon, good evening, regards, best regards, kind regards, best, "
    "warm regards, best wishes, sincerely, bye, have a nice day, have a great day, have a good day, "
    "have a good one, have a nice weekend, have a great weekend, have a good weekend, you too, same to you, "
    "take care, "
    # German
    "sehr, schön, nochmal, nochmals, noch einmal, für ihre hilfe, für die hilfe, für deine hilfe, für eure hilfe, "
    "für ihre schnelle hilfe, für die schnelle hilfe, für die schnelle antwort, für ihre antwort, für die antwort, "
    "für die rückmeldung, für die schnelle rückmeldung, für ihre unterstützung, für die info, für die information, "
    "es funktioniert, es funktioniert jetzt, jetzt funktioniert es, funktioniert, funktioniert jetzt, es klappt, "
    "jetzt klappt es, jetzt geht es, es geht wieder, alles gut, alles klar, hat geklappt, das hat geholfen, "
    "erledigt, gelöst, prima, perfekt, toll, klasse, hallo, guten tag, guten morgen, "
    "sehr geehrte damen und herren, mit freundlichen grüßen, freundliche grüße, viele grüße, liebe grüße, "
    "beste grüße, gruß, grüße, mfg, lg, vg, schönen tag, einen schönen tag, schönen tag noch, schönes wochenende, "
    "ein schönes wochenende, und, "
    # French
    "beaucoup, bien, encore, infiniment, à vous, à tous, pour votre aide, pour ton aide, pour l'aide, "
    "pour votre réponse, pour la réponse, pour votre réponse rapide, pour votre retour, pour votre rapidité, "
    "ça marche, cela fonctionne, ça fonctionne, tout fonctionne, c'est bon, c'est parfait, problème résolu, "
    "résolu, parfait, super, génial, bonjour, bonsoir, salut, cordialement, bien cordialement, bien à vous, "
    "bonne journée, très bonne journée, bon week-end, et, "
    # Spanish and Portuguese
    "muchas, muchísimas, mil, de nuevo, por su ayuda, por tu ayuda, por la ayuda, por la respuesta, "
    "por su respuesta, por tu respuesta, por su tiempo, por todo, ya funciona, funciona, funciona perfectamente, "
    "todo bien, todo correcto, solucionado, resuelto, problema resuelto, perfecto, excelente, genial, estupendo, "
    "hola, buenos días, buenas tardes, saludos, un saludo, saludos cordiales, atentamente, que tenga un buen día, "
    "buen día, buen fin de semana, y, muito, mesmo, novamente, pela ajuda, pela sua ajuda, pela resposta, "
    "pelo retorno, pela atenção, por tudo, já funciona, está funcionando, funcionou, deu certo, resolvido, "
    "problema resolvido, perfeito, ótimo, olá, oi, bom dia, boa tarde, boa noite, atenciosamente, abraço, abraços, "
    "bom fim de semana, e, "
    # Italian
    "mille, ancora, tante, molte, di cuore, di tutto, per l'aiuto, per il tuo aiuto, per il suo aiuto, "
    "per la risposta, per la rapida risposta, per il supporto, ora funziona, adesso funziona, funziona tutto, "
    "risolto, problema risolto, tutto a posto, tutto ok, perfetto, ottimo, ciao, buongiorno, buonasera, salve, "
    "saluti, cordiali saluti, buona giornata, buon lavoro, buon weekend, "
    # Dutch and the Nordic languages
    "heel erg, hartelijk, nogmaals, alvast, voor je hulp, voor uw hulp, voor de hulp, voor de snelle reactie, "
    "voor uw reactie, voor je reactie, voor het antwoord, het werkt, het werkt nu, werkt nu, opgelost, "
    "probleem opgelost, top, geweldig, goedemorgen, goedemiddag, groet, groeten, met vriendelijke groet, "
    "vriendelijke groeten, fijne dag, prettige dag, fijn weekend, en, så mycket, för hjälpen, för all hjälp, "
    "för snabbt svar, för svaret, det fungerar, det fungerar nu, nu fungerar det, löst, perfekt, toppen, hej, "
    "hälsningar, med vänliga hälsningar, mvh, ha en bra dag, trevlig helg, och, for hjælpen, for hjelpen, "
    "for hurtigt svar, for raskt svar, for svaret, det virker, det virker nu, nu virker det, det fungerer, "
    "nå fungerer det, løst, hilsen, venlig hilsen, med venlig hilsen, vennlig hilsen, med vennlig hilsen, god dag, "
    "hav en god dag, ha en fin dag, god weekend, god helg, og, paljon, avusta, nopeasta vastauksesta, "
    "vastauksesta, toimii, toimii nyt, nyt toimii, selvisi, hienoa, moi, hei, terveisin, ystävällisin terveisin, "
    "hyvää päivänjatkoa, hyvää viikonloppua, "
    # Polish, Czech, Slovak
    "bardzo, serdecznie, jeszcze raz, z góry, za pomoc, za szybką odpowiedź, za odpowiedź, działa, już działa, "
    "wszystko działa, rozwiązane, problem rozwiązany, świetnie, super, dzień dobry, cześć, pozdrawiam, "
    "z poważaniem, miłego dnia, i, moc, mockrát, za rychlou odpověď, za odpověď, funguje, už funguje, vše funguje, "
    "vyřešeno, skvělé, dobrý den, ahoj, s pozdravem, hezký den, ďakujem pekne, pekne, veľmi, za rýchlu odpoveď, "
    "za odpoveď, všetko funguje, vyriešené, s pozdravom, pekný deň, a, "
    # Russian and Ukrainian
    "большое, огромное, вам, вас, ещё раз, еще раз, за помощь, за ответ, за быстрый ответ, за оперативность, "
    "всё работает, все работает, работает, теперь работает, заработало, помогло, всё хорошо, все хорошо, решено, "
    "проблема решена, отлично, здравствуйте, добрый день, с уважением, хорошего дня, и, дуже, велике, щиро, "
    "за допомогу, за відповідь, за швидку відповідь, все працює, працює, тепер працює, допомогло, вирішено, "
    "чудово, вітаю, доброго дня, з повагою, гарного дня, та, "
    # Turkish, Hungarian, Romanian, Greek
    "çok, tekrar, yardımınız için, yardımlarınız için, hızlı cevabınız için, cevabınız için, çalışıyor, "
    "şimdi çalışıyor, çözüldü, sorun çözüldü, harika, mükemmel, merhaba, iyi günler, iyi çalışmalar, saygılarımla, "
    "nagyon, szépen, még egyszer, a segítséget, a gyors választ, a választ, működik, most már működik, "
    "megoldódott, tökéletes, szuper, üdvözlettel, szép napot, és, mult, foarte mult, frumos, din nou, "
    "pentru ajutor, pentru răspuns, pentru răspunsul prompt, funcționează, acum funcționează, merge, rezolvat, "
    "bună ziua, cu stimă, o zi bună, și, πολύ, πάρα πολύ, και πάλι, για τη βοήθεια, για την απάντηση, "
    "για την άμεση απάντηση, λειτουργεί, δουλεύει, λύθηκε, τέλεια, καλημέρα, καλησπέρα, με εκτίμηση, "
    "καλή συνέχεια, "
    # East Asia
    "どうも, 大変, 誠に, 本当に, 早速のご対応, 早速のご返信, ご対応, ご返信, ご連絡, ご回答, いただき, 頂き, "
    "解決しました, 解決いたしました, 無事解決しました, 直りました, できました, 助かりました, 大変助かりました, "
    "承知しました, 承知いたしました, お世話になっております, お世話になりました, よろしくお願いします, "
    "よろしくお願いいたします, 以上, 您, 你, 的帮助, 的幫助, 您的帮助, 你的帮助, 您的回复, 回复, 帮助, 幫助, "
    "已解决, 已解決, 问题已解决, 問題已解決, 解决了, 可以了, 好了, 好的, 收到, 您好, 你好, 祝好, 非常, 十分, 정말, "
    "너무, 대단히, 도와주셔서, 빠른 답변, 답변, 빠른 회신, 해결되었습니다, 해결됐습니다, 잘 됩니다, 됩니다, "
    "확인했습니다, 안녕하세요, 수고하세요, 네, "
    # Arabic, Hebrew, Vietnamese, Indonesian, Hindi
    "جزيلا, جزيلاً, لك, لكم, على المساعدة, على مساعدتكم, على الرد, على سرعة الرد, تم الحل, تم حل المشكلة, "
    "يعمل الآن, ممتاز, مرحبا, السلام عليكم, مع التحية, רבה, על העזרה, על התשובה, על המענה המהיר, עובד, עכשיו עובד, "
    "נפתר, מעולה, שלום, בברכה, יום טוב, rất nhiều, nhiều, bạn, anh, chị, em, đã hỗ trợ, vì đã giúp đỡ, "
    "vì sự hỗ trợ, đã được rồi, được rồi, hoạt động rồi, đã giải quyết, tuyệt vời, chào bạn, xin chào, trân trọng, "
    "banyak, atas bantuannya, atas bantuan anda, atas responnya, sudah berhasil, sudah bisa, beres, halo, "
    "selamat pagi, hormat saya, salam, बहुत, बहुत बहुत, आपका, आपकी मदद के लिए, मदद के लिए, ठीक है, नमस्ते"
)
