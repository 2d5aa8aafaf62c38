# What only Discord has: its commands' fields, menus and forms.
platform-discord = Discord

# What only Discord has: its commands' fields, menus and forms.
option-file = Eine Audio- oder Videodatei
option-url = Ein Link zu einer Audio- oder Videodatei
option-language = Die gesprochene Sprache
option-model = Das Sprachmodell
option-speakers = Sprecher unterscheiden
option-server = Für den ganzen Server, nicht nur für diesen Kanal
option-month = Der Monat, etwa 2026-11
option-account = Das Konto, etwa discord:80351110224678912
option-amount = Dollar, etwa 5.00
option-format = Die Form des Textes
option-code = Der Code von deiner anderen Plattform
option-voice-name = Dein Name in deinen Texten
option-form = Auch eine Datei
option-refund = Die Kennung einer Aufnahme aus /queue, oder ein Konto
option-monthly = Dollar im Monat, etwa 10.00, oder default
option-daily = Dollar am Tag, etwa 1.00
option-role = operator oder user
option-words = Was Nutzer solange lesen
slash-how = Gib mir eine Datei oder einen Link: https://example.org/recording.mp3. Oder öffne das Menü einer Nachricht mit Ton, Apps, Transkribieren.
help-discord = Öffne das Menü einer Nachricht mit Ton (Rechtsklick oder gedrückt halten), dann Apps, Transkribieren: Du bekommst ihren Text. In unserem eigenen Chat schreibe ich jede Aufnahme ab. Unter dem Text sind Knöpfe für Dateien (TXT, SRT, VTT, DOCX), Sprecher und andere Sprachen.
settings-channel = Einstellungen dieses Kanals
settings-server = Einstellungen dieses Servers
setup-managers-only = Das darf nur ändern, wer diesen Kanal verwaltet (für den ganzen Server: wer ihn verwaltet).
button-more = Mehr
jobs-show = Einen Text noch einmal zeigen
names-taken = Der neue Name steht ab jetzt in allen Dateien.
press-slow = Das hat zu lange gedauert. Bitte drück noch einmal.
