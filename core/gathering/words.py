"""What people say before they say what it is about: greetings, and words that tell too little to help.

As in `core.intake.thanks_words`: lower case, without punctuation, language by language.
"""

from core.intake.thanks_words import AROUND, THANKS

# ruff: noqa: RUF001 (letters of other scripts are meant)


def _phrases(listed: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in listed.split(","))


GREETINGS = _phrases(
    "hi, hello, hey, hiya, howdy, yo, hi there, hello there, hey there, good morning, good afternoon, good evening, "
    "morning, greetings, hallo, guten tag, guten morgen, guten abend, moin, servus, grüezi, grüß gott, bonjour, "
    "bonsoir, salut, coucou, hola, buenos días, buenas tardes, buenas noches, buenas, olá, ola, oi, bom dia, "
    "boa tarde, boa noite, ciao, buongiorno, buonasera, salve, hoi, goedemorgen, goedemiddag, goedenavond, hej, "
    "hejsan, god morgon, god morgen, god dag, hei, moi, terve, huomenta, cześć, dzień dobry, dobry wieczór, ahoj, "
    "dobrý den, dobré ráno, привет, здравствуйте, здравствуй, добрый день, доброе утро, добрый вечер, вітаю, "
    "привіт, доброго дня, добрий день, merhaba, selam, günaydın, iyi günler, szia, sziasztok, jó napot, jó reggelt, "
    "salutare, bună, bună ziua, γεια, γεια σας, καλημέρα, καλησπέρα, こんにちは, おはようございます, こんばんは, "
    "もしもし, 你好, 您好, 早上好, 下午好, 晚上好, 大家好, 안녕하세요, 안녕, "
    "مرحبا, السلام عليكم, صباح الخير, שלום, היי, "
    "בוקר טוב, xin chào, chào bạn, chào, halo, hai, selamat pagi, selamat siang, नमस्ते, नमस्कार"
)
# To whom, and small words that say nothing by themselves.
ADDRESSED = _phrases(
    "all, everyone, everybody, team, folks, guys, there, support, support team, helpdesk, help desk, you, "
    "anyone there, is anyone there, is anybody there, are you there, anybody here, anyone here, zusammen, alle, "
    "à tous, tous, a todos, todos, pessoal, a tutti, tutti, allemaal, allihop, alle sammen, wszystkim, všem, всем, "
    "herkese, tisztelt"
)
# These ask for help and do not say with what.
TOO_LITTLE = _phrases(
    "help, help me, please help, i need help, need help, i need some help, i need your help, can you help, "
    "can you help me, could you help me, can somebody help, can somebody help me, can someone help, "
    "can someone help me, can anyone help, can anyone help me, i need support, need support, support, question, "
    "i have a question, a question, quick question, i have a quick question, i have a problem, i have an issue, "
    "i've got a problem, we have a problem, there is a problem, there's a problem, problem, a problem, issue, "
    "an issue, ticket, i need a ticket, bug, a bug, error, an error, it does not work, it doesn't work, "
    "it doesnt work, does not work, doesn't work, doesnt work, not working, it is not working, it's not working, "
    "its not working, it isn't working, this does not work, this doesn't work, nothing works, it is broken, "
    "it's broken, its broken, broken, it stopped working, stopped working, it fails, it failed, it crashed, "
    "it is not ok, something is wrong, something's wrong, something is broken, urgent, this is urgent, asap, "
    "hilfe, ich brauche hilfe, brauche hilfe, bitte um hilfe, können sie mir helfen, kannst du mir helfen, "
    "kann mir jemand helfen, ich habe ein problem, ich habe eine frage, frage, es funktioniert nicht, "
    "funktioniert nicht, das funktioniert nicht, es geht nicht, geht nicht, geht nicht mehr, es ist kaputt, kaputt, "
    "dringend, fehler, aide, aidez-moi, à l'aide, j'ai besoin d'aide, besoin d'aide, pouvez-vous m'aider, "
    "j'ai un problème, j'ai une question, ça ne marche pas, ça marche pas, cela ne fonctionne pas, "
    "ça ne fonctionne pas, problème, ayuda, necesito ayuda, me pueden ayudar, me puedes ayudar, "
    "tengo un problema, tengo una pregunta, no funciona, no me funciona, problema, ajuda, preciso de ajuda, "
    "pode me ajudar, tenho um problema, tenho uma dúvida, não funciona, não está funcionando, aiuto, "
    "ho bisogno di aiuto, mi serve aiuto, potete aiutarmi, ho un problema, ho una domanda, non funziona, "
    "hulp, ik heb hulp nodig, kun je me helpen, ik heb een probleem, ik heb een vraag, het werkt niet, werkt niet, "
    "hjälp, jag behöver hjälp, jag har ett problem, jag har en fråga, det fungerar inte, fungerar inte, hjælp, "
    "jeg har brug for hjælp, jeg har et problem, det virker ikke, hjelp, jeg trenger hjelp, det fungerer ikke, "
    "apua, tarvitsen apua, ei toimi, se ei toimi, pomocy, potrzebuję pomocy, mam problem, mam pytanie, nie działa, "
    "to nie działa, pomoc, potřebuji pomoc, mám problém, mám dotaz, nefunguje, nefunguje to, помогите, "
    "нужна помощь, у меня проблема, у меня вопрос, не работает, ничего не работает, допоможіть, "
    "потрібна допомога, у мене проблема, не працює, yardım, yardım lazım, bir sorunum var, çalışmıyor, segítség, "
    "segítségre van szükségem, nem működik, ajutor, am nevoie de ajutor, am o problemă, nu funcționează, nu merge, "
    "βοήθεια, χρειάζομαι βοήθεια, έχω ένα πρόβλημα, δεν λειτουργεί, δεν δουλεύει, 助けて, 助けてください, "
    "動きません, 動かない, 問題があります, 質問があります, 帮助, 帮帮我, 请帮忙, 我需要帮助, 有问题, 不工作, 不行, "
    "坏了, 不能用, 도와주세요, 도움이 필요합니다, 안 돼요, 안돼요, 작동하지 않습니다, 문제가 있습니다, "
    "질문이 있습니다, مساعدة, أحتاج مساعدة, لا يعمل, لدي مشكلة, עזרה, אני צריך עזרה, לא עובד, יש לי בעיה, giúp tôi, "
    "tôi cần giúp đỡ, không hoạt động, tolong, tolong bantu, butuh bantuan, tidak berfungsi, ada masalah, मदद, "
    "मदद चाहिए, काम नहीं कर रहा"
)
FILLERS = _phrases(
    "please, pls, plz, again, still, just, today, now, anymore, any more, at all, for me, here, the, with, it, this, "
    "sorry, excuse me, how are you, bitte, leider, wieder, immer noch, s'il vous plaît, svp, por favor, per favore, "
    "alstublieft, snälla, vær så snill, proszę, prosím, пожалуйста, lütfen, お願いします, 请, 请问"
)
CANCEL = _phrases(
    "cancel, cancel it, cancel that, cancel this, never mind, nevermind, nvm, forget it, forget about it, stop, abort, "
    "abbrechen, abbruch, vergiss es, egal, schon gut, hat sich erledigt, annuler, laisse tomber, laissez tomber, "
    "cancelar, olvídalo, déjalo, esquece, deixa pra lá, annulla, lascia stare, lascia perdere, annuleren, laat maar, "
    "avbryt, glöm det, annuller, glem det, peruuta, anuluj, nieważne, zrušit, zrušiť, отмена, отменить, неважно, "
    "скасувати, iptal, vazgeçtim, mégse, anulează, ακύρωση, キャンセル, 取消, 算了, 취소, إلغاء, ביטול, huỷ, hủy, "
    "batal, रद्द करें"
)
# How somebody begins who goes on with what they said before.
CONTINUES = _phrases(
    "also, and, and also, ps, p.s, btw, by the way, one more thing, another thing, in addition, additionally, "
    "oh and, i mean, i meant, sorry i meant, it is, it's, außerdem, und, nachtrag, übrigens, noch etwas, ich meine, "
    "et, de plus, au fait, además, também, além disso, inoltre, trouwens, och, og, oraz, také, также, ещё, еще, "
    "кстати, також, ayrıca, és, και, 还有, 另外, また, あと, 그리고"
)

__all__ = ["ADDRESSED", "AROUND", "CANCEL", "CONTINUES", "FILLERS", "GREETINGS", "THANKS", "TOO_LITTLE"]
