# Was Discord nicht zulässt, nach dem Code des Fehlers.
error-TicketOver = Für eine Antwort ist es zu spät. Bitte frag noch einmal.
error-AnsweredAlready = Das wurde schon beantwortet.
error-MayNotWrite = Ich darf dort nicht schreiben.
error-NothingSeen = Ich darf dort nicht lesen.
error-MayNotReply = Auf diese Nachricht kann ich nicht antworten.
error-AttachmentGone = Discord hat die Datei { $name } nicht mehr: Bitte schick sie noch einmal. Nichts wurde berechnet.
error-AttachmentDown = Discord gibt diese Datei gerade nicht heraus: Bitte schick sie später noch einmal. Nichts wurde berechnet.
error-DiscordDown = Discord antwortet nicht. Bitte versuch es in einer Minute noch einmal.
