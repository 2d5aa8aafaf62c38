# Was Telegram nicht zulässt, nach dem Code des Fehlers.
error-Stays = Diese Nachricht kann nicht mehr gelöscht werden.
error-IsFile = Diese Nachricht ist eine Datei, ihr Text lässt sich nicht ändern.
error-NotModified = Diese Nachricht ist schon auf dem neuesten Stand.
error-ThreadGone = Dieses Thema wurde gelöscht.
error-NoVoice = Ich darf in diesem Chat nicht schreiben.
error-Moved = Diese Gruppe ist eine andere geworden.
error-QueryOver = Für eine Antwort ist es zu spät. Bitte frag noch einmal.
error-TooLargeForTelegram = { $size_mb ->
    [0] Telegram gibt Bots höchstens 20 MB; diese Datei ist größer.
   *[other] Telegram gibt Bots höchstens 20 MB; diese Datei hat { NUMBER($size_mb, useGrouping: 0, maximumFractionDigits: 0) } MB.
} Der Betreiber kann die Grenze aufheben (Bot-API-Server). Nichts wurde berechnet.
error-FileGone = Telegram hat die Datei { $name } nicht mehr: Bitte schick sie noch einmal. Nichts wurde berechnet.
error-FileDown = Telegram gibt diese Datei gerade nicht heraus: Bitte schick sie später noch einmal. Nichts wurde berechnet.
error-TelegramDown = Telegram antwortet nicht. Bitte versuch es in einer Minute noch einmal.
error-PayerForgotten = Der Zahler hat alle Daten gelöscht, darum gibt es kein Konto für die Rückzahlung.
error-RefundRefused = Telegram lehnt diese Rückzahlung ab ({ $reason }); vom Guthaben wurde nichts genommen.
