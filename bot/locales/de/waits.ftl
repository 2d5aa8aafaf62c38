# Warum eine Aufnahme wartet.
wait-provider-unfunded = Der Betreiber muss das Guthaben beim Sprachdienst aufladen.
wait-provider-day-limit = Der Sprachdienst nimmt heute keine Aufnahmen mehr an.
wait-provider-busy = Der Sprachdienst ist gerade überlastet.
wait-provider-away = Der Sprachdienst antwortet gerade nicht.
wait-provider-missing = Der Sprachdienst { $name } ist hier gerade nicht eingerichtet.
wait-no-link = Die Aufnahme braucht einen Link, der gerade nicht erstellt werden kann.
wait-same-recording = Gleich geht es weiter.
wait-day-budget = Das Tagesbudget dieses Dienstes ist aufgebraucht; morgen geht es weiter.
wait-day-share = Dein Anteil am heutigen Budget dieses Dienstes ist aufgebraucht; morgen geht es weiter.
wait-user-losses = Zu viele deiner Aufnahmen blieben heute unbezahlt; morgen geht es weiter.
wait-undelivered = Die Antwort konnte nicht zugestellt werden.
wait-platform-down = { $name } antwortet nicht.
wait-platform-pause = { $name } verlangt eine Pause.
wait-platform-login = { $name } lässt diesen Bot gerade nicht herein.
wait-file-down = { $name } gibt diese Datei gerade nicht heraus.
wait-other = Die Aufnahme muss warten.
waiting-goes-on = Deine Aufnahme bleibt gespeichert und wird von selbst bearbeitet.
