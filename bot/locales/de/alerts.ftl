# Was die Betreiber ungefragt erfahren.
alert-key = Der Sprachdienst lehnt unseren API-Schlüssel ab. Aufnahmen warten oder scheitern, bis EARMARK_NANOGPT_API_KEY stimmt.
alert-key-over = Der Sprachdienst nimmt unseren API-Schlüssel wieder an.
alert-balance = Beim Sprachdienst sind nur noch { $left } übrig. Lade auf, sonst warten Aufnahmen.
alert-balance-over = Beim Sprachdienst ist wieder genug Geld.
alert-breaker = Das Tagesbudget ist ausgegeben. Bezahlte Aufnahmen werden erst morgen wieder angenommen.
alert-breaker-over = Bezahlte Aufnahmen werden wieder angenommen: Ein neuer Tag hat begonnen.
alert-ledger = { $findings ->
    [one] Das Kassenbuch geht nicht auf: Die Prüfung fand { $findings } Fehler. „earmark doctor“ und das Protokoll sagen, welchen.
   *[other] Das Kassenbuch geht nicht auf: Die Prüfung fand { $findings } Fehler. „earmark doctor“ und das Protokoll sagen, welche.
}
alert-ledger-over = Das Kassenbuch geht wieder auf.
alert-unaudited = Das Kassenbuch wurde seit { $hours } Stunden nicht geprüft: Die Prüfung wird nicht fertig. Das Protokoll sagt, warum.
alert-unaudited-over = Das Kassenbuch wurde wieder geprüft.
alert-disk = Die Platte ist fast voll: { $megabytes } MB sind frei. Ist sie voll, werden keine Aufnahmen angenommen.
alert-disk-over = Auf der Platte ist wieder Platz.
alert-queue = Eine Aufnahme wartet seit { $minutes } Minuten, bis sie dran ist. „earmark jobs“ zeigt den Stand von allen.
alert-queue-over = Keine Aufnahme wartet mehr lange.
alert-hold = Für eine Aufnahme ist seit { $days } Tagen Geld zurückgelegt, länger als jede Aufnahme braucht. „earmark jobs“ zeigt, für welche.
alert-hold-over = Kein Geld ist mehr zu lange zurückgelegt.
alert-sessions = { $platform } lässt den Bot heute nur noch { $left }-mal verbinden: Die Verbindung bricht immer wieder ab. Das Protokoll sagt, warum.
alert-sessions-over = Der Bot kann sich wieder oft genug verbinden.
alert-losses = Heute sind vielleicht { $lost } verloren: Aufrufe ohne Antwort oder mit Fehler. „earmark reconcile“ zeigt, was berechnet wurde.
alert-losses-over = Heute ging kein Aufruf verloren.
alert-refund = Schon ausgegebene Zahlungen wurden zurückgegeben: { $lost } heute verloren. Das Log nennt sie.
alert-refund-over = Heute wurde keine schon ausgegebene Zahlung zurückgegeben.
alert-provider = Der Sprachdienst antwortet seit { $minutes } Minuten nicht. Aufnahmen warten und gehen von selbst weiter.
alert-provider-over = Der Sprachdienst ist wieder da: Die wartenden Aufnahmen gehen weiter.
alert-recording = Eine Aufnahme hat den Dienst dreimal beendet und wurde aufgegeben (Notiz { $note }). Das Protokoll sagt, was davor war.
alert-recording-over = Seit gestern hat keine Aufnahme den Dienst beendet.
