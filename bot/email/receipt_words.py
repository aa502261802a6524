"""How receipts that are no report (RFC 8098) say that a mail was read, language by language. Both signs are needed."""

from bot.email.word_lists import phrases

# ruff: noqa: RUF001 (letters of other scripts are meant)

SUBJECTS = phrases(
    "read:, not read:, return receipt, read receipt, disposition notification, gelesen:, ungelesen:, "
    "lesebestätigung, empfangsbestätigung, lu :, lu:, non lu :, non lu:, accusé de lecture, confirmation de lecture, "
    "leído:, no leído:, confirmación de lectura, letto:, non letto:, conferma di lettura, lida:, lido:, não lida:, "
    "confirmação de leitura, gelezen:, niet gelezen:, leesbevestiging, läst:, oläst:, läskvitto, læst:, lest:, "
    "kvittering for lesing, læsekvittering, luettu:, lukukuittaus, przeczytano:, potwierdzenie przeczytania, "
    "přečteno:, potvrzení o přečtení, prečítané:, elolvasva:, olvasva:, citit:, прочтено:, прочитано:, "
    "уведомление о прочтении, διαβάστηκε:, okundu:, 開封済み:, 已读:, 已讀取:, 읽음:"
)
TEXTS = phrases(
    "was read on, was read at, was displayed on, has been displayed, has been read, was deleted without being read, "
    "this is a return receipt, this is a receipt for the mail, return receipt acknowledges, gelesen, angezeigt, "
    "ohne gelesen zu werden, a été lu, a été affiché, sans avoir été lu, se leyó, fue leído, ha sido leído, "
    "eliminado sin leer, è stato letto, stato visualizzato, eliminato senza essere letto, foi lida, foi lido, "
    "foi exibida, is gelezen, werd gelezen, is weergegeven, lästes, har lästs, visades, blev læst, ble lest, "
    "er læst, on luettu, luettiin, została przeczytana, zostało przeczytane, byla přečtena, bola prečítaná, "
    "elolvasták, a fost citit, было прочитано, прочитано, διαβάστηκε, okundu, に開封, 开封, 已于, 已讀, 읽었습니다"
)
