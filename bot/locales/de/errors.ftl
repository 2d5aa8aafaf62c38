# Was schiefging, nach dem Code des Fehlers. Ein Grund ist ein Code, oder es sind Worte von außen.
error-EarmarkError = Etwas ist schiefgegangen. Bitte versuch es noch einmal.
error-NotFound = Die Datei { $name } gibt es nicht.
error-BadMedia = Diese Datei lässt sich nicht abschreiben. Bitte schick sie als MP3, OGG oder MP4.
error-Unreadable = Diese Datei ist nicht lesbar: Sie ist leer, beschädigt oder weder Audio noch Video. Bitte exportiere sie noch einmal.
error-Truncated = Diese Datei bricht mittendrin ab: Bitte schick sie noch einmal.
error-NoSound = Diese Datei hat keine Tonspur. Bitte schick eine mit Ton.
error-UnsafeMedia = Diese Datei ist kein gewöhnliches Audio ({ $reason ->
    [index-too-large] ihr Index ist zu groß
    [index-too-long] ihr Index nennt mehr, als die Datei fassen kann
    [other-file] sie verweist auf eine andere Datei
    [playlist] sie ist eine Liste, die auf andere Dateien verweist
    [link] sie ist eine Verknüpfung zu einer anderen Datei
    [device] sie ist eine Pipe oder ein Gerät
    [tracks] sie hat zu viele Spuren
    [rate] sie nennt eine unmögliche Abtastrate
    [channels] sie nennt eine unmögliche Zahl von Kanälen
   *[other] { $reason }
}); sie wurde nicht geöffnet. Bitte schick sie als MP3 oder OGG.
error-NoSpeech = In dieser Aufnahme wurde keine Sprache gefunden, darum gibt es keinen Text. Eine lautere Aufnahme hilft vielleicht.
error-NoWords = Es wurden keine Wörter gefunden. Der Anbieter hat { $charged } berechnet.
error-TooLong = Diese Aufnahme ist länger als die erlaubten { NUMBER($limit_minutes, useGrouping: 0) } Minuten. Bitte schick sie in Teilen.
error-TooLarge = Diese Datei ist größer als die erlaubten { NUMBER($limit_mb, useGrouping: 0) } MB. Bitte schick sie komprimiert oder in Teilen.
error-TooSlow = Diese Datei zu lesen dauerte zu lange; sie wurde nicht abgeschrieben. Bitte schick sie als MP3 oder OGG.
error-LinkRefused = Diesem Link folge ich nicht: erlaubt sind nur öffentliche http- und https-Adressen ohne Passwort.
error-LinkDown = Von diesem Link ließ sich nichts laden: { $reason ->
    [redirects] Er leitet zu oft weiter
    [status] Er antwortet { $status }
    [compressed] Die Datei kommt ungefragt komprimiert
    [silent] Er antwortet nicht
    [slow] Er braucht zu lange
    [broken] Er brach ab, oder seine Antwort ergibt keinen Sinn
   *[other] { $reason }
}. Bitte prüfe den Link, oder schick die Datei selbst.
error-BadOptions = Diese Einstellung gibt es nicht. Bitte wähle eine andere.
error-UnknownModel = Das Modell „{ $model }“ gibt es nicht; es gibt: { $known }.
error-UnknownFormat = Es gibt keine Form „{ $format }“; es gibt: { $known }.
error-UnknownLanguage = Die Sprache „{ $language }“ gibt es nicht; nimm einen Code wie en, es oder ru, oder auto.
error-UnableModel = Das Modell { $model } kann das nicht ({ $what ->
    [speakers] Sprecher unterscheiden
    [events] Lachen und Ähnliches aufschreiben
    [translation] ins Englische übersetzen
    [language] { $language } verstehen
   *[other] { $what }
}). Das kann: { $able ->
    [none] kein Modell hier
   *[other] { $able }
}.
error-BudgetShort = Das würde { $price } kosten, und es ist noch { $available } übrig. Lade Guthaben auf, oder schick weniger.
error-DayShort = Das würde { $price } kosten, und für heute ist noch { $left } übrig. Um Mitternacht geht es von vorn los.
error-TooDear = Das würde mehr kosten, als dieser Dienst an einem ganzen Tag ausgeben darf. Bitte schick es in Teilen.
error-RefundShort = { $amount } lassen sich nicht zurückzahlen: Vom Eingezahlten ist noch { $available } übrig.
error-PaymentUnknown = Die Zahlung „{ $charge }“ steht nicht in den Büchern.
error-NotConfirmed = Der Preis wurde einen Tag lang nicht bestätigt. Nichts wurde berechnet. Schick es noch einmal, dann frage ich wieder.
error-NoAccess = Du hast keinen Zugang zu diesem Dienst. Frag seinen Betreiber.
error-NotAdmitted = Du bist in diesem Dienst noch nicht zugelassen. Schreib seinem Bot in einem privaten Chat.
error-Paused = Dieser Dienst nimmt zurzeit keine neuen Aufnahmen an. { $words }
error-CodeUnknown = Dieser Code gilt nicht: Ein Code gilt einmal, zehn Minuten lang. Hol dir einen neuen.
error-NotLinked = Es gibt nichts zu trennen: Dieses Konto ist nur auf einer Plattform.
error-BadVoice = { $reason ->
    [name] Bitte sende /voice mit einem Namen von höchstens 24 Zeichen, etwa: /voice Ada
    [engine] Gerade können keine Stimmen gelernt werden. Bitte nimm sie später noch einmal auf.
    [foreign] Um deine Stimme zu lernen, nimm hier eine Sprachnachricht auf. Dateien und Weitergeleitetes zählen dafür nicht.
    [short] Das war zu wenig Sprache, um deine Stimme zu lernen. Bitte nimm mindestens 15 Sekunden auf.
    [long] Das war zu lang. Bitte nimm etwa 15 Sekunden auf.
    [several] In dieser Nachricht ist mehr als eine Stimme. Bitte nimm nur deine eigene auf.
   *[mixed] Deine Stimme klingt in dieser Nachricht zu verschieden. Bitte nimm sie an einem ruhigen Ort noch einmal auf.
}
error-Cancelled = Abgebrochen. Nichts wurde berechnet.
error-Discarded = Abgebrochen. Bezahlt war es schon: { $charged }. Nur du kannst den Text lesen: /jobs.
error-ProviderError = Der Sprachdienst konnte das nicht abschreiben. Es liegt nicht an dir.
error-ProviderDown = Der Sprachdienst antwortet nicht. Bitte versuch es später noch einmal. Nichts wurde berechnet.
error-ProviderRefused = Der Sprachdienst hat diese Aufnahme abgelehnt: { $reason ->
    [language] Das Modell kennt diese Sprache nicht: { $language }
   *[other] { $reason }
}. Ein anderes Modell nimmt sie vielleicht.
error-ProviderFailed = Der Sprachdienst konnte diese Aufnahme nicht abschreiben ({ $reason ->
    [gave-up] er gab auf
    [unexplained] er sagt nicht, warum
   *[other] { $reason }
}). Es liegt nicht an dir. Nichts wurde berechnet.
error-Unanswered = Der Sprachdienst nahm diese Aufnahme an, antwortete aber nie. Nichts wurde berechnet. Bitte versuch es noch einmal.
error-ModelMissing = Das Sprachmodell { $model } ist nicht verfügbar: { $what_to_do }
error-EngineFailed = Die Spracherkennung ist an dieser Aufnahme gescheitert ({ $reason ->
    [memory] zu wenig Arbeitsspeicher
    [internal] ein interner Fehler
    [slow] es dauerte zu lange
   *[other] { $reason }
}). Es liegt nicht an dir. Nichts wurde berechnet.
error-EngineDied = Diese Aufnahme hat die Spracherkennung dreimal beendet und wird nicht noch einmal versucht. Der Betreiber weiß davon. Nichts wurde berechnet.
error-Unloaded = Die Spracherkennung wird gerade beendet. Bitte schick das in einer Minute noch einmal. Nichts wurde berechnet.
error-OperatorError = Hier muss der Betreiber helfen: { $reason }
error-DiskFull = Die Platte ist voll, darum wurde nicht abgeschrieben. Bitte versuch es später noch einmal. Nichts wurde berechnet.
error-DiskShareFull = Deine Aufnahmen belegen so viel Speicher, wie einem Nutzer zusteht. Schick diese noch einmal, wenn die anderen fertig sind. Nichts wurde berechnet.
error-BadSettings = Die Einstellungen stimmen nicht: { $reason }
error-BadUsage = Das geht nicht: { $reason }
error-WaitedTooLong = Diese Aufnahme wartete eine Woche auf den Sprachdienst und wurde aufgegeben. Es liegt nicht an dir. Nichts wurde berechnet.
error-KeyRefused = Der Sprachdienst lehnt unseren API-Schlüssel ab. Es liegt nicht an dir; der Betreiber weiß davon. Nichts wurde berechnet.
error-NeedsLink = Zu groß, um ohne Link Sprecher zu unterscheiden. Der Betreiber muss EARMARK_PUBLIC_URL oder einen Bucket setzen. Nichts wurde berechnet.
error-StoreDown = Der Speicher für große Aufnahmen antwortet nicht. Bitte versuch es später noch einmal. Nichts wurde berechnet.
error-DatabaseDown = Die Datenbank dieses Dienstes antwortet nicht. Bitte versuch es in einer Minute noch einmal.
error-NotBackedUp = Es wurde nichts gesichert: { $reason }.
error-NotRestored = Es wurde nichts wiederhergestellt: { $reason }.
error-InternalError = Bei uns ist etwas schiefgegangen, nicht bei dir. Der Betreiber kann nachsehen: { $reference }. Nichts wurde berechnet.
error-Undelivered = Die Antwort konnte nicht zugestellt werden: { $reason ->
    [silent] Die Plattform nahm eine Woche lang keine Nachricht an
    [blocked] Der Bot wurde blockiert
    [no-account] Das Konto wurde gelöscht
    [no-chat] Der Chat wurde gelöscht
    [not-member] Der Bot ist nicht mehr in diesem Chat
    [no-permission] Der Bot darf dort nicht schreiben
    [no-messages] Der Nutzer nimmt keine Nachrichten vom Bot an
    [no-server] Bot und Nutzer haben keinen gemeinsamen Server
    [no-contact] Der Nutzer hat dem Bot nie geschrieben
    [no-user] Diesen Nutzer gibt es nicht
    [no-business] Das Business-Konto ist nicht mehr verbunden
    [deleted] Die Nachricht wurde gelöscht
    [too-late] Für eine Antwort ist es dort zu spät
    [outdated] Der Server der Plattform ist dafür zu alt
    [refused] Die Plattform lehnt die Nachricht ab
   *[other] { $reason }
}
error-TooManyNotes = { $limit } deiner Aufnahmen warten schon. Bitte schick diese noch einmal, wenn einige davon fertig sind.
error-AdminsConfirm = Das bezahlt die Gruppe: Zustimmen dürfen nur ihre Admins.
error-MessageGone = Diese Nachricht wurde gelöscht.
error-PageRefused = Diese Nachricht ist zu groß oder fehlerhaft.
error-MediaDown = Die Plattform gibt diese Datei gerade nicht heraus: Bitte schick sie später noch einmal. Nichts wurde berechnet.
