# Was die Betreiber ungefragt erfahren.
alert-key = Der Sprachdienst nimmt den Schlüssel dieses Hauses nicht an: Aufnahmen warten oder scheitern, bis EARMARK_NANOGPT_API_KEY stimmt.
alert-key-over = Der Sprachdienst nimmt den Schlüssel dieses Hauses wieder an.
alert-balance = Beim Sprachdienst sind nur noch { $left } übrig. Sind sie weg, warten Aufnahmen, bis aufgeladen wird.
alert-balance-over = Beim Sprachdienst ist wieder genug Geld.
alert-breaker = Das Haus hat ausgegeben, was es an einem Tag ausgeben darf: Heute werden keine bezahlten Aufnahmen mehr angenommen.
alert-breaker-over = Bezahlte Aufnahmen werden wieder angenommen: Die Tagesgrenze war erreicht, das ist vorbei.
alert-ledger = { $findings ->
    [one] Das Kassenbuch geht nicht auf: Die Prüfung fand { $findings } Fehler. „earmark doctor“ und das Protokoll sagen, welchen.
   *[other] Das Kassenbuch geht nicht auf: Die Prüfung fand { $findings } Fehler. „earmark doctor“ und das Protokoll sagen, welche.
}
alert-ledger-over = Das Kassenbuch geht wieder auf.
alert-unaudited = Das Kassenbuch wurde seit { $hours } Stunden nicht geprüft: Die Prüfung kommt an kein Ende. Das Protokoll sagt, warum.
alert-unaudited-over = Das Kassenbuch wurde wieder geprüft.
alert-disk = Die Platte ist fast voll: { $megabytes } MB sind noch frei. Ist sie voll, werden keine Aufnahmen angenommen.
alert-disk-over = Auf der Platte ist wieder Platz.
alert-queue = Eine Aufnahme wartet seit { $minutes } Minuten, bis sie dran ist. „earmark jobs“ zeigt, wie weit jede ist.
alert-queue-over = Keine Aufnahme wartet mehr lange.
alert-hold = Für eine Aufnahme ist seit { $days } Tagen Geld zurückgelegt, länger als jede Aufnahme lebt. „earmark jobs“ zeigt, für welche.
alert-hold-over = Kein Geld ist mehr zu lange zurückgelegt.
