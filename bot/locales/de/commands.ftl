# Was jeder Befehl tut, so wie es in den Befehlslisten der Plattformen steht.
command-start = Was ich kann, und wie es losgeht
command-help = Was ich kann
command-transcribe = Eine Sprachnachricht oder einen Link abschreiben
command-language = Die gesprochene Sprache
command-model = Das Sprachmodell
command-speakers = Sprecher unterscheiden oder nicht
command-format = Wie der Text kommt: als Nachricht oder als Datei
command-settings = Alle Einstellungen
command-balance = Was noch ausgegeben werden kann
command-usage = Was ausgegeben wurde, Monat für Monat
command-jobs = Deine letzten Aufnahmen
command-link = Ein Guthaben mit deiner anderen Plattform teilen
command-unlink = Dich von deinen anderen Plattformen trennen
command-setup = Was ich in diesem Kanal oder Server tue
command-spend = Was ausgegeben wurde, nach Konten
command-credit = Jemandes Guthaben aufladen
command-refund = Berechnetes zurückgeben oder Guthaben auszahlen
command-allowance = Jemandem ein eigenes Kontingent geben
command-allow = Jemanden zulassen
command-block = Jemanden ausschließen
command-unblock = Jemanden wie alle anderen behandeln
command-role = Jemanden zum Operator machen oder zum Nutzer
command-pause = Vorerst keine neuen Aufnahmen annehmen
command-resume = Wieder Aufnahmen annehmen
command-queue = Die letzten Aufnahmen von allen
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
balance-group = Das Konto dieser Gruppe:
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
forget-ask = Das löscht deine Abschriften und Einstellungen für immer, auf jeder verbundenen Plattform, und bricht ab, was gerade abgeschrieben wird. Was bezahlt wurde, bleibt in den Büchern, ohne deinen Namen. Soll ich?
button-forget = Alles löschen
forget-done = { $notes ->
    [0] Es gab nichts zu löschen.
    [one] Gelöscht, mit einer Aufnahme.
   *[other] Gelöscht, mit { $notes } Aufnahmen.
}
forget-left = Gelöscht; { $left ->
    [one] eine Aufnahme wird
   *[other] { $left } Aufnahmen werden
} gerade noch abgebrochen und danach gelöscht.
link-code = Sende mir innerhalb von zehn Minuten /link { $code } auf deiner anderen Plattform: Dann teilen sich beide ein Guthaben. Gib den Code niemandem: Wer ihn sendet, teilt dein Guthaben, sieht, was du ausgegeben hast, und kann deine Aufnahmen lesen und löschen.
link-ask = Damit werden dieses Konto und eines auf { $platforms } zu einem. { $micros ->
    [0] Beide
   *[other] Deine { $balance } gehen auf jenes Konto über und bleiben dort, wenn du dich trennst. Beide
} teilen sich ein Guthaben, und jedes kann die Aufnahmen von beiden lesen und abholen; /forget auf der einen oder anderen Seite gilt für beide. Sag nur ja, wenn der Code von dir selbst ist. Soll ich?
link-done = Ein Konto teilen sich jetzt: { $platforms }.
link-in-private = Einen Code sendet man mir in unserem eigenen Chat, nie dort, wo andere mitlesen. Dieser gilt nicht mehr: Hol dir dort mit /link einen neuen.
unlink-leave = Das trennt { $leaving } von { $staying }. Das Guthaben bleibt bei { $staying }; hier fängst du neu an. Soll ich?
unlink-stay = Das trennt { $leaving } von { $staying }. Das Guthaben bleibt hier; dort fängst du neu an. Soll ich?
unlink-done = Getrennt. Ein eigenes Konto hat ab jetzt: { $platforms }.
button-link = Beide gehören mir
button-unlink = Trennen

# Knöpfe.
press-unknown = Dieser Knopf ist von früher: Bitte frag noch einmal.
press-old = Diese Nachricht ist zu alt für ihre Knöpfe.
press-forgotten = Diese Aufnahme wurde gelöscht.
press-not-yours = Das darf nur, wer gefragt hat.
press-admins-only = Das darf nur ändern, wer diese Gruppe leitet.
press-admins-pay = Das bezahlt die Gruppe: Ja sagen darf nur, wer sie leitet.
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
setting-format = Der Text kommt
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
value-format-text = als Nachricht
value-format-times = als Nachricht mit Zeiten
value-format-txt = als TXT-Datei
value-format-srt = als SRT-Datei
value-format-vtt = als VTT-Datei
value-format-docx = als DOCX-Datei
value-mode-auto = alle
value-mode-ask = auf Wunsch
value-mode-off = nie
about-language = Die Sprache, die in Aufnahmen gesprochen wird. Andere als diese mit ihrem englischen Namen: /language Danish
about-model = Das Sprachmodell. Andere mit ihrem Namen: /model Name
about-speakers = Ob im Text steht, wer spricht. Dafür kann ein anderes Modell zu einem anderen Preis nötig sein.
about-format = Wie der Text kommt: als Nachricht, dort auch mit der Zeit jeder Zeile, oder als Datei.
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
spend-how = Schreib den Monat wie 2026-11, und csv für eine Datei: /spend 2026-11 csv
credit-how = Nenne das Konto und die Dollar: /credit platform:id 5.00
credit-done = { $amount } gutgeschrieben: { $account } kann { $available } ausgeben.
refund-how = Nenne eine Aufnahme mit ihrer Kennung aus /queue, oder ein Konto und die Dollar: /refund 3f2a9c1e, oder /refund platform:id 5.00
refund-nothing = Für eine Aufnahme mit dieser Kennung wurde nichts berechnet, oder es wurde schon zurückgegeben.
refund-note = { $amount } zurückgegeben.
refund-done = { $amount } ausgezahlt: aus dem, was { $account } eingezahlt hat.
allowance-how = Nenne das Konto und die Dollar im Monat, vielleicht auch die am Tag: /allowance platform:id 10.00 1.00. „default“ statt der Dollar: wie bei allen.
allowance-default = { $account } hat wieder dasselbe Kontingent wie alle.
allowance-done = { $account } hat { $amount } im Monat: Das gilt ab der nächsten Zuteilung.
access-how = Nenne das Konto oder die Gruppe: /{ $command } platform:id
owners-only = Das ist den Eigentümern dieses Dienstes vorbehalten, die in seinen Einstellungen stehen; auch ausschließen kann man sie nicht.
allow-done = { $account } darf diesen Dienst nutzen.
block-done = { $account } kann diesen Dienst nicht mehr nutzen, und auch niemand, der das Konto teilt.
unblock-done = { $account } wird wieder wie alle anderen behandelt.
role-how = Nenne das Konto und „operator“ oder „user“: /role platform:id operator
role-user = { $account } ist ein Nutzer wie alle anderen.
role-operator = { $account } ist jetzt Operator.
pause-done = Pause: Neues wird nicht angenommen. { $notes ->
    [0] Nichts ist in Arbeit.
    [one] An einer Aufnahme wird noch gearbeitet, und ihr Text kommt.
   *[other] An { $notes } Aufnahmen wird noch gearbeitet, und ihre Texte kommen.
}
resume-done = Aufnahmen werden wieder angenommen.
resume-nothing = Aufnahmen wurden die ganze Zeit angenommen.

platform-api = HTTP API
platform-console = Terminal
