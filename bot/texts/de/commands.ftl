# Was jeder Befehl tut, so wie es in den Befehlslisten der Plattformen steht.
command-start = Was ich kann, und wie es losgeht
command-help = Was ich kann
command-transcribe = Eine Sprachnachricht oder einen Link abschreiben
command-language = Die gesprochene Sprache
command-model = Das Sprachmodell
command-speakers = Sprecher unterscheiden oder nicht
command-settings = Alle Einstellungen
command-balance = Was noch ausgegeben werden kann
command-usage = Was ausgegeben wurde, Monat für Monat
command-jobs = Deine letzten Aufnahmen
command-setup = Was ich in diesem Kanal oder Server tue
command-spend = Was ausgegeben wurde, nach Konten
command-credit = Jemandes Guthaben aufladen
command-cancel = Laufende Abschriften abbrechen
command-export = Alles über dich Gespeicherte, als Datei
command-forget = Alles über dich Gespeicherte löschen
command-topup = Guthaben aufladen
command-paysupport = Hilfe bei einer Zahlung

# Was sie antworten.
start =
    Hallo, ich bin { $name }. Schick mir eine Sprachnachricht, ein Video oder eine Audiodatei, oder leite sie weiter, und du bekommst den Text.

    In einer Gruppe antworte auf eine Sprachnachricht mit /transcribe. /help zeigt alles, was ich kann, /settings, wie ich es mache.
help =
    Schick mir eine Sprachnachricht, eine Videonachricht, ein Video oder eine Audiodatei, oder leite sie weiter, und ich schreibe auf, was gesagt wird. Unter dem Text sind Knöpfe für Dateien (TXT, SRT, VTT, DOCX), Sprecher und andere Sprachen.

    In Gruppen antworte ich, wenn jemand auf eine Aufnahme mit /transcribe antwortet; wer die Gruppe leitet, kann mich auf jede Sprachnachricht antworten lassen (/settings).
only-in-private = Das bleibt unter uns: Frag mich in unserem eigenen Chat, @{ $bot }.
balance-open = Hier muss nichts bezahlt werden; was verbraucht wird, wird gezählt.
balance-allowance = Noch { $available } in diesem Monat.
balance-prepaid = Noch { $available }.
balance-held = { $held } ist zurückgelegt für das, was gerade abgeschrieben wird.
balance-spent = Ausgegeben: { $month } in diesem Monat, { $ever } insgesamt.
balance-recent = Deine letzten Aufnahmen:
state-accepted = wartet
state-working = in Arbeit
state-done = fertig
state-failed = gescheitert
state-cancelled = abgebrochen
usage-month = { $month }: { $notes ->
    [one] { $notes } Aufnahme
   *[other] { $notes } Aufnahmen
}, { $length }, { $charged }
usage-none = Noch nichts.
cancelling = { $notes ->
    [0] Es gibt nichts abzubrechen.
    [one] Ich breche eine Aufnahme ab.
   *[other] Ich breche { $notes } Aufnahmen ab.
}
export-done = { $notes ->
    [one] Alles über dich Gespeicherte, darunter eine Aufnahme.
   *[other] Alles über dich Gespeicherte, darunter { $notes } Aufnahmen.
}
export-too-large = Über dich ist mehr gespeichert, als hier in eine Datei passt: Bitte den Betreiber darum.
forget-ask = Das löscht deine Abschriften und Einstellungen für immer und bricht ab, was gerade abgeschrieben wird. Was bezahlt wurde, bleibt in den Büchern. Soll ich?
button-forget = Alles löschen
forget-done = { $notes ->
    [0] Es gab nichts zu löschen.
    [one] Gelöscht, mit einer Aufnahme.
   *[other] Gelöscht, mit { $notes } Aufnahmen.
}
forget-left = Gelöscht; { $left ->
    [one] eine Aufnahme wird
   *[other] { $left } Aufnahmen werden
} gerade noch abgebrochen: Sende /forget in einer Minute noch einmal.

# Knöpfe.
press-unknown = Dieser Knopf ist von früher: Bitte frag noch einmal.
press-old = Diese Nachricht ist zu alt für ihre Knöpfe.
press-forgotten = Diese Aufnahme wurde gelöscht.
press-not-yours = Das darf nur, wer gefragt hat.
press-admins-only = Das darf nur ändern, wer diese Gruppe leitet.
press-no-text = Zu dieser Aufnahme gibt es keinen Text.
press-cancelling = Ich breche ab…
press-too-late = Zu spät: Das ist schon zu Ende.
press-agreed = Gut, es geht weiter.
press-not-here = Nicht in diesem Chat: Schick mir die Aufnahme in unserem eigenen.
press-choose-language = Welche Sprache wird gesprochen?
press-choose-speaker = Wer soll einen Namen bekommen?
press-running = Ein neuer Durchgang läuft.
press-start-me = Schreib mir zuerst, @{ $bot }: Dann weiß ich, wohin mit der Antwort.
press-ran = Danach wurde schon gefragt: Sieh nach der Antwort.
name-ask = Wie heißt { $speaker }? Antworte auf diese Nachricht mit dem Namen.

# Einstellungen.
settings-own = Deine Einstellungen
settings-chat = Die Einstellungen dieses Chats
setting-language = Sprache
setting-model = Modell
setting-speakers = Sprecher
setting-ask-above = Vor Ausgaben fragen
setting-mode = Sprachnachrichten hier
setting-mode-business = Sprachnachrichten in deinen Chats
setting-tongue = Ich spreche
source-chat = für diesen Chat gewählt
source-server = für diesen Server gewählt
source-user = deine Wahl
source-default = Standard
value-auto = automatisch
value-never = nie
value-above = über { $price }
value-like-app = wie deine App
value-speakers-on = unterscheiden
value-speakers-off = nicht unterscheiden
value-mode-auto = alle
value-mode-ask = auf Wunsch
value-mode-off = nie
about-language = Die Sprache, die in Aufnahmen gesprochen wird. Andere als diese mit ihrem englischen Namen: /language Danish
about-model = Das Sprachmodell. Andere mit ihrem Namen: /model Name
about-speakers = Ob im Text steht, wer spricht. Dafür kann ein anderes Modell zu einem anderen Preis nötig sein.
about-ask-above = Bei Aufnahmen, die mehr kosten, frage ich vorher.
about-mode = Was mit Sprachnachrichten in diesem Chat geschieht.
about-tongue = Die Sprache, in der ich mit dir spreche.
button-reset = Standard

# Zahlungen.
topup-ask = Wie viel Guthaben möchtest du aufladen?
topup-off = Hier kann nichts eingezahlt werden.
topup-refused = Diese Rechnung kann nicht mehr bezahlt werden: Bitte sende noch einmal /topup.
topup-done = Danke: { $value } kamen dazu. Du kannst { $available } ausgeben.
button-topup = ⭐ { $stars } → { $value }
invoice-title = Sprache zu Text
invoice-text = { $stars ->
    [one] { $stars } Stern bringt
   *[other] { $stars } Sterne bringen
} { $value } Guthaben.
paysupport = Für Hilfe bei einer Zahlung schreib an { $support }.
paysupport-nobody = Für Hilfe bei einer Zahlung schreib an den Betreiber dieses Bots.
press-aside = Ich frage dich in unserem eigenen Chat.
run-costs = Ein weiterer Durchgang würde { $price } kosten. Soll ich?

# Those who run the service.
operators-only = Das ist denen vorbehalten, die diesen Dienst betreiben, in ihrem eigenen Chat mit mir.
spend-whole = { $month }: { $charged } berechnet, { $cost } an Anbieter bezahlt, { $lost } verloren
spend-line = { $account }: { $notes ->
    [one] { $notes } Aufnahme
   *[other] { $notes } Aufnahmen
}, { $charged }
spend-how = Schreib den Monat wie 2026-11: /spend 2026-11
credit-how = Nenne das Konto und die Dollar: /credit telegram:110201543 5.00
credit-done = { $amount } gutgeschrieben: { $account } kann { $available } ausgeben.
