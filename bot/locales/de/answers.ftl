# Unter einer Aufnahme, solange an ihr gearbeitet wird.
placeholder-queued = { $before ->
    [0] In der Warteschlange, als Nächstes dran
    [one] In der Warteschlange, { $before } Aufnahme davor
   *[other] In der Warteschlange, { $before } Aufnahmen davor
}
placeholder-taken = In der Warteschlange
placeholder-fetching = Ich hole die Aufnahme…
placeholder-preparing = Ich sehe mir die Aufnahme an…
placeholder-transcribing = Ich schreibe ab…
placeholder-transcribing-percent = Ich schreibe ab… { $percent } %
placeholder-transcribing-left = Ich schreibe ab… { $percent } %, noch etwa { $minutes } Min.
placeholder-heard = Bisher (das kann sich noch ändern):
placeholder-delivering = Ich sende den Text…
placeholder-asking = Das würde { $price } kosten. Soll ich es abschreiben?
placeholder-price = höchstens { $price }
placeholder-part = { $of ->
    [1] …
   *[other] … ({ $number }/{ $of })
}

# Unter einem Text.
footer-charged = { $charged }
footer-left = noch { $available }
footer-counted = { $cost } gezählt
footer-one-voice = eine Stimme

# Statt eines Textes oder daneben.
answer-nothing = (Darin ist kein lesbarer Text.)
answer-in-file = Der ganze Text steht in der Datei.
answer-by-buttons = Das ist der Anfang. Die Knöpfe darunter geben dir den ganzen Text als Datei.
answer-ready = Dein Text ist fertig.
answer-cut = Das ist der Anfang. Für den ganzen Text schick mir die Aufnahme in unserem eigenen Chat.
answer-cut-short = … der Rest wurde nicht abgeschrieben: { $reason ->
    [Cancelled] er wurde abgebrochen
    [Discarded] er wurde abgebrochen
    [WaitedTooLong] er wartete eine Woche
    [DiskFull] die Platte ist voll
    [ProviderRefused] der Sprachdienst hat ihn abgelehnt
    [ProviderDown] der Sprachdienst hat nicht geantwortet
    [Unanswered] der Sprachdienst hat nicht geantwortet
   *[other] etwas ist schiefgegangen
}
answer-file-name = Abschrift
answer-budget-short = Das kostet mehr, als noch übrig ist. Siehe /balance.
answer-day-short = Das kostet mehr, als für heute noch übrig ist. Um Mitternacht geht es von vorn los.
answer-not-set-up = Dafür ist dieser Dienst nicht eingerichtet. Es liegt nicht an dir: Das muss der Betreiber beheben. Nichts wurde berechnet.
aside-business = Zu einer Aufnahme in einem deiner Chats: { $words }
aside-unasked = Zu einer Datei, die du in einer Gruppe oder einem Kanal gesendet hast: { $words }
button-cancel = Abbrechen
button-discard = Text verwerfen (schon bezahlt: { $price })
button-show = Zeig mir den Text
button-agree = Abschreiben für { $price }
button-speakers-on = Sprecher an
button-speakers-off = Sprecher aus
button-names = Namen
button-languages = Gesprochene Sprache
button-remove = Diesen Text löschen
button-back = Zurück
button-again = Ja, für { $price }
button-again-free = Ja
button-retry = Noch einmal versuchen
