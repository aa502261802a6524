"""Letters and frequent words of languages in Latin script, by which their charset is guessed."""

# ruff: noqa: RUF001 (letters of other languages are meant)

from bot.email.word_lists import words

_CENTRAL = ("cp1250", "iso8859_2")
_BALTIC = ("cp1257", "iso8859_13", "iso8859_4")
_WESTERN = ("cp1252", "cp850", "mac_roman")

# Charsets in the order in which they are tried, letters above ASCII, and words that tell the language.
LANGUAGES: tuple[tuple[tuple[str, ...], str, frozenset[str]], ...] = (
    (
        _WESTERN,
        "äöüß",
        words("der die das und ist nicht für mit ein auf von grüße können über ich sie wir bitte drucker größe"),
    ),
    (
        _WESTERN,
        "àâæçèéêëîïôœùûüÿ",
        words("le la les des est et pas pour une dans vous nous avec merci à être déjà très où même après"),
    ),
    (
        _WESTERN,
        "áéíñóúüºª",
        words("el los las que no por con una para está más qué también gracias día señor contraseña"),
    ),
    (
        _WESTERN,
        "àáâãçéêíóôõúüºª",
        words("o os as que não por com uma para está também obrigado você são impressão ação até já"),
    ),
    (_WESTERN, "àèéìíîòóùú", words("il lo gli che non per con una è più perché può già però così grazie città")),
    (_WESTERN, "æøåéèêóòâôöäü", words("og er det ikke på for med en som jeg vi har være når også før får så hilsen")),
    (_WESTERN, "åäöéàüá", words("och är det inte på för med en som jag vi har när också från så hälsningar på")),
    (_WESTERN, "äöåšž", words("ja on ei että se en ole mutta kun niin kiitos tämä myös hyvää päivää")),
    (_WESTERN, "éëïöüèáóíúêâ", words("de het een van en is niet voor met op dat wij graag één geïnteresseerd")),
    (_WESTERN, "áéíóúýðþæö", words("og er ekki að það við ég til um með þú sem fyrir eða prentari")),
    (_WESTERN, "àèéíïòóúüç·", words("el els les que no per amb una és més també gràcies què però impressió")),
    (
        _CENTRAL,
        "ąćęłńóśźż",
        words(
            "nie się jest że na do to w z proszę dziękuję dzień dobry jak czy ale mam od po tak przez są być może "
            "drukarka działa już jeszcze który bardzo pozdrawiam hasło zamówienie faktura"
        ),
    ),
    (
        _CENTRAL,
        "áčďéěíňóřšťúůýž",
        words(
            "je se že na to v s prosím děkuji děkuju dobrý den jak ale mám od po tak jsem jsou být může tiskárna "
            "nefunguje již ještě který velmi pozdravem heslo objednávka faktura není při také"
        ),
    ),
    (
        _CENTRAL,
        "áäčďéíĺľňóôŕšťúýž",
        words(
            "je sa že na to v s prosím ďakujem dobrý deň ako ale mám od po tak som sú byť môže tlačiareň nefunguje "
            "už ešte ktorý veľmi pozdravom heslo objednávka nie je pri tiež"
        ),
    ),
    (
        _CENTRAL,
        "áéíóöőúüű",
        words(
            "a az és nem hogy egy is van meg kérem köszönöm üdvözlettel tisztelt jó napot nyomtató működik már még "
            "amely nagyon jelszó rendelés számla vagy de ha első kérdés segítség idő"
        ),
    ),
    (
        _CENTRAL,
        "čćđšž",
        words(
            "je se da na to u s molim hvala dobar dan kako ali imam od po tako sam su biti može pisač radi već još "
            "koji vrlo pozdrav lozinka narudžba račun nije što također više ne če šta za in prosim tiskalnik"
        ),
    ),
    (
        _CENTRAL,
        "ăâîşţ",
        words(
            "şi nu este că la de în cu vă rog mulţumesc bună ziua cum dar am sunt poate imprimanta funcţionează "
            "deja încă care foarte parola comandă factură fără după aţi dacă"
        ),
    ),
    (
        ("cp1254",),
        "âçğıİîöşûü",
        words(
            "ve bir bu için değil ile lütfen teşekkürler teşekkür ederim merhaba nasıl ama var yok çok daha yazıcı "
            "çalışmıyor şifre sipariş fatura iyi günler saygılarımla sayın bey hanım mi mı kadar sonra ışık"
        ),
    ),
    (
        _BALTIC,
        "ąčęėįšųūž",
        words(
            "ir yra ne kad į su prašau ačiū labas diena kaip bet aš turiu nuo po taip būti gali spausdintuvas "
            "neveikia jau dar kuris labai pagarbiai slaptažodis užsakymas sąskaita dėl už"
        ),
    ),
    (
        _BALTIC,
        "āčēģīķļņšūž",
        words(
            "un ir ne ka ar lūdzu paldies labdien kā bet man no pēc tā būt var printeris nedarbojas jau vēl kas ļoti "
            "cieņu parole pasūtījums rēķins par uz nav šis"
        ),
    ),
    (
        _BALTIC,
        "äöüõšž",
        words("ja on ei et see ma palun aitäh tere kuidas aga olen pärast nii võib printer tööta juba väga parool"),
    ),
)
