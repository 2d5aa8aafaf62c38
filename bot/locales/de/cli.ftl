# Was die Befehlszeile ihren Nutzern ausgibt: Fortschritt, Fehler, Guthaben.
cli-error = earmark: { $error }
cli-stopping = earmark: wird beendet, das dauert einen Moment. Noch einmal Strg-C beendet es sofort.
cli-stopped = earmark: angehalten; Unfertiges ist abgebrochen. Nur was ein Anbieter schon hatte, kostet etwas.
cli-stage-queued = in der Warteschlange
cli-stage-waiting = wartet
cli-stage-asking = fragt nach
cli-stage-fetching = wird geholt
cli-stage-preparing = wird vorbereitet
cli-stage-transcribing = wird abgeschrieben
cli-stage-delivering = wird geliefert
cli-stage-done = fertig
cli-stage-failed = gescheitert
cli-stage-cancelled = abgebrochen
cli-done = { $file }: { NUMBER($seconds, minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: 0) } s, { $language }, { $model }, Kosten { $cost }
cli-language-unknown = Sprache unbekannt
cli-balance = { $account }: Guthaben { $balance }, zurückgelegt { $held }, ausgegeben { $spent } für { $notes ->
    [one] { $notes } Aufnahme
   *[other] { NUMBER($notes, useGrouping: 0) } Aufnahmen
} ({ $plan ->
    [open] nur gezählt
    [allowance] Kontingent
    [prepaid] Guthaben
   *[other] { $plan }
}).
