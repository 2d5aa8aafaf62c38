# Was an einer Anfrage an die HTTP-API nicht stimmt. Die API selbst antwortet auf Englisch.
error-BadRequest = Diese Anfrage ist nicht verständlich: { $reason }.
error-KeyUnknown = Ein API-Schlüssel ist nötig (x-api-key oder Authorization: Bearer); dieser fehlt, ist falsch oder widerrufen.
error-NowhereHere = Unter dieser Adresse gibt es nichts, oder sie braucht eine andere Methode ({ $reason }).
error-RunUnknown = Unter dieser runId gibt es keinen Lauf von dir.
error-LinkEnded = Diese Datei gibt es nicht, oder ihr Link ist abgelaufen.
error-UploadTooLarge = Dieser Upload ist größer als { NUMBER($limit_mb, useGrouping: 0) } MB. Schick eine größere Aufnahme als URL ({ $field }).
error-UploadTooSlow = Der Upload war zu langsam und wurde abgebrochen.
error-TooOften = Mehr als { $limit } Anfragen in der Sekunde: bitte langsamer.
error-TooMany = { $limit } deiner Aufnahmen sind noch in Arbeit. Bitte warte, bis eine davon fertig ist.
error-IdempotencyKeyReused = Dieser Idempotency-Key gehört zu einer anderen Aufnahme oder anderen Optionen. Sende die Anfrage mit einem neuen.
error-NotInTime = Der Text ist noch nicht fertig. Er wird einmal berechnet: Frag /api/transcribe/status nach { $run }, statt neu zu senden.
error-RunWaits = Die Aufnahme muss warten. Sie wird einmal berechnet: Frag /api/transcribe/status nach { $run } oder wiederhole den Idempotency-Key.
