# Was jeder Befehl tut, so wie es in den Befehlslisten der Plattformen steht.
command-start = Was ich kann und wie es losgeht
command-help = Was ich kann
command-transcribe = Eine Sprachnachricht oder einen Link abschreiben
command-language = Die gesprochene Sprache
command-model = Das Sprachmodell
command-speakers = Sprecher unterscheiden oder nicht
command-format = Die Form des Textes: Nachricht oder Datei
command-settings = Alle Einstellungen
command-balance = Was noch ausgegeben werden kann
command-usage = Was ausgegeben wurde, Monat für Monat
command-jobs = Deine letzten Aufnahmen
command-link = Ein Guthaben mit deiner anderen Plattform teilen
command-unlink = Deine anderen Plattformen trennen
command-voice = Deine eigene Stimme in deinen Texten benennen
command-setup = Was ich in diesem Kanal oder Server tue
command-spend = Was ausgegeben wurde, nach Konten
command-credit = Das Guthaben eines Kontos aufladen
command-refund = Berechnetes zurückzahlen oder Guthaben auszahlen
command-allowance = Einem Konto ein eigenes Kontingent geben
command-allow = Einen Nutzer zulassen
command-block = Einen Nutzer ausschließen
command-unblock = Einen Nutzer wie alle anderen behandeln
command-role = Einen Nutzer zum Operator machen, oder umgekehrt
command-pause = Vorerst keine neuen Aufnahmen annehmen
command-resume = Wieder Aufnahmen annehmen
command-queue = Die letzten Aufnahmen aller Nutzer
command-cancel = Laufende Abschriften abbrechen
command-export = Alle deine Daten als Datei
command-forget = Alle deine Daten löschen
command-privacy = Was über dich gespeichert wird
command-topup = Guthaben aufladen
command-paysupport = Hilfe bei einer Zahlung

# Was sie antworten.
start =
    Hallo, ich bin { $name }. Schick mir eine Sprachnachricht, ein Video oder eine Audiodatei, oder leite sie weiter, und du bekommst den Text.

    In einer Gruppe antworte auf eine Sprachnachricht mit /transcribe. /help zeigt alles, was ich kann, /settings, wie ich es mache.
help =
    Schick mir eine Sprachnachricht, eine Videonachricht, ein Video oder eine Audiodatei, oder leite sie weiter, und du bekommst den Text. Unter dem Text sind Knöpfe für Dateien (TXT, SRT, VTT, DOCX), Sprecher und andere Sprachen.

    In Gruppen antworte auf eine Aufnahme mit /transcribe. Admins können mich jede Sprachnachricht abschreiben lassen (/settings).
only-in-private = Das ist privat. Frag mich in unserem eigenen Chat: @{ $bot }.
unknown-command = { $command } kenne ich nicht. /help zeigt alles, was ich kann.
balance-open = Hier muss nichts bezahlt werden. Der Verbrauch wird gezählt.
balance-allowance = Noch { $available } in diesem Monat.
balance-prepaid = Noch { $available }.
balance-held = { $held } ist für laufende Aufnahmen zurückgelegt.
balance-spent = Ausgegeben: { $month } in diesem Monat, { $ever } insgesamt.
balance-recent = Deine letzten Aufnahmen:
balance-more = … und { $left } weitere.
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
    [one] Ich breche { $notes } Aufnahme ab.
   *[other] Ich breche { $notes } Aufnahmen ab.
}
cancelling-owed = Schon bezahlt, auch ohne den Text: { $price }. /jobs zeigt ihn nur dir.
export-done = { $notes ->
    [one] Alle deine Daten, mit { $notes } Aufnahme.
   *[other] Alle deine Daten, mit { $notes } Aufnahmen.
}
export-too-large = Deine Daten passen nicht in eine Datei von { $megabytes } MB, die größte, die ich hier schicken kann. Frag den Betreiber danach.
forget-ask = Das löscht auf allen verbundenen Plattformen deine Abschriften und Einstellungen und bricht Laufendes ab. Zahlungen bleiben ohne Namen. Alles löschen?
button-forget = Alles löschen
forget-done = { $notes ->
    [0] Es gab nichts zu löschen.
    [one] Gelöscht, mit { $notes } Aufnahme.
   *[other] Gelöscht, mit { $notes } Aufnahmen.
}
forget-left = Gelöscht. { $left ->
    [one] { $left } Aufnahme wird
   *[other] { $left } Aufnahmen werden
} gerade abgebrochen und danach gelöscht.
privacy-kept = Über dich gespeichert: deine Nutzerkennung, deine Einstellungen, deine Texte und was sie kosteten. Aufnahmen werden gelöscht, sobald ihr Text da ist.
privacy-texts = { $days ->
    [0] Texte bleiben, bis du sie löschst.
    [one] Texte werden nach { $days } Tag gelöscht.
   *[other] Texte werden nach { $days } Tagen gelöscht.
}
privacy-accounts = { $days ->
    [0] Dein Konto bleibt, bis du es löschst.
    [one] Ein leeres, unbenutztes Konto verliert nach { $days } Tag deinen Namen.
   *[other] Ein leeres, unbenutztes Konto verliert nach { $days } Tagen deinen Namen.
}
privacy-providers = { $providers ->
    [none] Aufnahmen verschriftlicht dieser Dienst selbst; niemand sonst bekommt sie.
   *[other] Aufnahmen können zum Verschriftlichen an { $providers } gehen.
}
privacy-voices = Hast du deine Stimme angelernt (/voice), bleiben Zahlen, die sie beschreiben, bis du sie löschst.
privacy-erase = /export schickt dir alles, /forget löscht es sofort. Zahlungen bleiben ohne deinen Namen in den Büchern.
link-code = Sende mir binnen zehn Minuten /link { $code } auf deiner anderen Plattform. Gib den Code niemandem: Er öffnet dein Guthaben und deine Aufnahmen.
link-ask = Mit einem Konto auf { $platforms } verbinden? { $micros ->
    [0] Gemeinsam
   *[other] Deine { $balance } gehen für immer dorthin. Gemeinsam
} sind dann Guthaben, Aufnahmen und /forget. Nur mit eigenem Code.
link-done = Ein gemeinsames Konto: { $platforms }.
link-in-private = Sende einen Code nie dort, wo andere mitlesen. Dieser gilt nicht mehr: Hol dir in unserem eigenen Chat mit /link einen neuen.
unlink-leave = { $leaving } von { $staying } trennen? Das Guthaben bleibt bei { $staying }; hier fängst du neu an.
unlink-stay = { $leaving } von { $staying } trennen? Das Guthaben bleibt hier; dort fängst du neu an.
unlink-done = Getrennt. Ein eigenes Konto hat jetzt: { $platforms }.
button-link = Beide gehören mir
button-unlink = Trennen

voice-about = In Gesprächen, die du sendest, kannst du mit Namen statt "Speaker 1" stehen. Sende /voice und deinen Namen, etwa: /voice Ada
voice-ask = Damit du in deinen Aufnahmen { $name } heißt, wird deine Stimme als Zahlen gespeichert, nicht als Ton. Nur deine eigene. /voice löscht sie.
button-voice-agree = Einverstanden
voice-record = Nimm jetzt hier eine Sprachnachricht auf: 15 Sekunden, nur du selbst. Die Nachricht wird nicht aufbewahrt.
voice-kept = Deine Stimme ist bekannt. In Gesprächen, die du mit getrennten Sprechern sendest (/speakers on), bist du { $name }.
voice-outdated = Deine Stimme stammt von einem anderen Modell als dem heutigen; { $name } wird nicht benannt. Sende /voice { $name } für eine neue Aufnahme.
button-voice-delete = Meine Stimme löschen
voice-deleted = Deine Stimme ist gelöscht. Texte behalten den Namen, den sie haben.

# Knöpfe.
press-unknown = Dieser Knopf ist veraltet. Bitte frag noch einmal.
press-old = Diese Nachricht ist zu alt für ihre Knöpfe.
press-forgotten = Diese Aufnahme wurde gelöscht.
press-not-yours = Das darf nur, wer gefragt hat.
press-admins-only = Das dürfen nur Admins dieser Gruppe ändern.
press-no-text = Zu dieser Aufnahme gibt es keinen Text.
file-too-large = Hier kann ich Dateien bis { $megabytes } MB schicken; diese ist größer.
press-cancelling = Ich breche ab…
press-owed = Der Sprachdienst hat sie schon: { $price } wird auch ohne den Text bezahlt. Drück noch einmal, um den Text zu verwerfen.
press-discarding = OK. Der Text wird nicht gepostet; nur du siehst ihn, mit /jobs.
press-too-late = Zu spät: Das ist schon fertig.
press-agreed = Gut, ich schreibe ab.
press-not-here = Nicht in diesem Chat. Schick mir die Aufnahme in unserem eigenen.
press-one-voice = In dieser Aufnahme ist nur eine Stimme.
press-file-sent = Die Datei ist in unserem eigenen Chat.
press-choose-language = Welche Sprache wird in der Aufnahme gesprochen? Ich übersetze nicht.
press-choose-speaker = Welcher Sprecher bekommt einen Namen?
press-running = Ich schreibe noch einmal ab.
press-start-me = Schreib mir zuerst, @{ $bot }, damit ich dir antworten kann.
press-ran = Darum hast du schon gebeten. Die Antwort steht weiter oben.
press-removed = Hier gelöscht. Mit /jobs kannst du ihn weiter lesen.
press-perhaps = Vielleicht hat es geklappt: Die Bestätigung ging verloren. Sieh erst nach, und drücke noch einmal, wenn nichts da ist.
press-later = { $name } nimmt das gerade nicht an. Bitte drücke in einer Minute noch einmal.
press-refused = { $name } lässt mich das hier nicht senden. Versuche es in unserem eigenen Chat.
name-ask = Wie heißt { $speaker }? Antworte auf diese Nachricht mit dem Namen.

# Einstellungen.
settings-own = Deine Einstellungen
settings-chat = Einstellungen dieses Chats
setting-language = Sprache
setting-model = Modell
setting-speakers = Sprecher
setting-format = Text als
setting-ask-above = Vor Ausgaben fragen
setting-mode = Sprachnachrichten hier
setting-mode-business = Sprachnachrichten in deinen Chats
setting-tongue = Meine Sprache
source-chat = für diesen Chat gewählt
source-server = für diesen Server gewählt
source-user = deine Wahl
source-default = Standard
value-auto = automatisch
value-never = nie
value-above = über { $price }
value-like-app = wie in deiner App
value-speakers-on = unterscheiden
value-speakers-off = nicht unterscheiden
value-format-text = Nachricht
value-format-times = Nachricht mit Zeiten
value-format-txt = TXT-Datei
value-format-srt = SRT-Datei
value-format-vtt = VTT-Datei
value-format-docx = DOCX-Datei
value-mode-auto = alle
value-mode-ask = auf Wunsch
value-mode-off = keine
about-language = Die Sprache in den Aufnahmen. Jede andere mit ihrem Namen: /language Dänisch
about-model = Das Sprachmodell. Jedes andere mit seinem Namen: /model Name
about-speakers = Im Text zeigen, wer spricht. Das kann ein anderes Modell zu einem anderen Preis brauchen.
about-format = Die Form des Textes: Nachricht, Nachricht mit der Zeit jeder Zeile, oder Datei.
about-ask-above = Frag mich, bevor eine Aufnahme mehr kostet.
about-mode = Welche Sprachnachrichten in diesem Chat abgeschrieben werden.
about-tongue = Die Sprache meiner Nachrichten an dich.
button-reset = Standard

# Zahlungen.
topup-ask = Wie viel Guthaben möchtest du aufladen?
topup-off = Zahlungen sind hier nicht möglich.
topup-refused = Diese Rechnung ist abgelaufen. Bitte sende noch einmal /topup.
topup-done = Danke. { $value } kamen dazu. Du kannst { $available } ausgeben.
topup-refunded = Deine Sterne wurden zurückgegeben, also gingen { $value } ab. Du kannst { $available } ausgeben.
button-topup = ⭐ { $stars } → { $value }
invoice-title = Sprache zu Text
invoice-text = { $stars ->
    [one] { $stars } Stern bringt
   *[other] { $stars } Sterne bringen
} { $value } Guthaben.
paysupport = Für Hilfe bei einer Zahlung schreib an { $support }.
paysupport-nobody = Für Hilfe bei einer Zahlung schreib an den Betreiber dieses Bots.
press-aside = Ich frage dich in unserem eigenen Chat.
run-costs = Noch einmal abschreiben würde { $price } kosten. Weiter?

# Those who run the service.
operators-only = Das dürfen nur Operatoren, in einem privaten Chat mit mir.
operators-away = Ich war weg, als du { $command } geschickt hast. Ist es nicht erledigt, schick es noch einmal.
spend-whole = { $month }: { $charged } berechnet, { $cost } an Anbieter bezahlt, { $lost } verloren
spend-line = { $account }: { $notes ->
    [one] { $notes } Aufnahme
   *[other] { $notes } Aufnahmen
}, { $charged }
spend-how = Sende einen Monat, und csv für eine Datei: /spend 2026-11 csv
credit-how = Sende das Konto und die Dollar: /credit platform:id 5.00
credit-done = { $amount } gutgeschrieben: { $account } kann { $available } ausgeben.
refund-how = Sende die Kennung einer Aufnahme aus /queue, oder Konto und Dollar: /refund 3f2a9c1e, oder /refund platform:id 5.00
refund-nothing = Für eine Aufnahme mit dieser Kennung wurde nichts berechnet, oder es wurde schon zurückgezahlt.
refund-note = { $amount } zurückgezahlt.
refund-done = { $amount } ausgezahlt, aus dem, was { $account } eingezahlt hat.
allowance-how = Sende das Konto und die Dollar im Monat (und am Tag), oder „default“: /allowance platform:id 10.00 1.00
allowance-default = { $account } hat wieder das übliche Kontingent.
allowance-done = { $account } hat { $amount } im Monat, ab der nächsten Zuteilung.
access-how = Sende das Konto oder die Gruppe: /{ $command } platform:id
owners-only = Das dürfen nur die Eigentümer, die in den Einstellungen stehen; und ausschließen kann man sie nicht.
allow-done = { $account } kann diesen Dienst nutzen.
block-done = { $account } und alle, die dieses Konto teilen, können diesen Dienst nicht mehr nutzen.
unblock-done = { $account } wird wieder wie alle anderen behandelt.
role-how = Sende das Konto und „operator“ oder „user“: /role platform:id operator
role-user = { $account } ist ein Nutzer.
role-operator = { $account } ist Operator.
pause-done = Pause: Neue Aufnahmen werden nicht angenommen. { $notes ->
    [0] Keine ist in Arbeit.
    [one] { $notes } Aufnahme ist in Arbeit und bekommt ihren Text.
   *[other] { $notes } Aufnahmen sind in Arbeit und bekommen ihre Texte.
}
resume-done = Aufnahmen werden wieder angenommen.
resume-nothing = Aufnahmen wurden schon angenommen.
platform-api = HTTP API
platform-console = Terminal

# Strangers of a service that is closed to them.
closed = Dieser Bot ist für Leute, die sein Besitzer zugelassen hat. Du kannst darum bitten.
closed-no-owner = Dieser Bot ist für zugelassene Leute. Sein Betreiber kann dich zulassen mit: earmark allow { $account }
button-ask-in = Um Zugang bitten
let-in = Du bist zugelassen. Schick mir eine Sprachnachricht.
request-sent = Ich habe gefragt. Hier liest du, wie entschieden wurde.
request-waiting = Du hast schon gefragt. Hier liest du, wie entschieden wurde.
request-declined = Deine Anfrage wurde abgelehnt.
request-too-many = Gerade fragen zu viele. Versuch es morgen noch einmal.
request = { $name } bittet um Zugang.
request-gone = Diese Anfrage gibt es nicht mehr.
request-approved-by = { $name } wurde zugelassen, von { $by }.
request-declined-by = { $name } wurde abgelehnt, von { $by }.
button-let-in = Zulassen
button-turn-down = Ablehnen
claim-done = { $name } gehört jetzt dir. Schick eine Sprachnachricht, oder /help.
