# Was rund um Aufnahmen gesagt wird, und wo ein Bot dazukommt.
help-send = Schick mir eine Sprachnachricht, eine Videonachricht oder eine Audio- oder Videodatei bis { $megabytes } MB, oder leite sie weiter, und ich schreibe auf, was darin gesagt wird. Alles Weitere steht in /help.
not-sound = Darin ist nichts zu hören. Schick mir eine Sprachnachricht oder eine Audio- oder Videodatei.
transcribe-how = Antworte auf eine Nachricht mit Ton mit /transcribe, oder gib mir einen Link: /transcribe https://example.org/recording.mp3
transcribe-off = In diesem Chat bin ich ausgeschaltet. Wer ihn leitet, kann das mit /settings ändern.
transcribe-running = Ich bin schon dabei: Der Text kommt unter die Nachricht.
guest-how = Erwähne mich in der Antwort auf eine Nachricht mit Ton, und ich schreibe auf, was darin gesagt wird.
given-up = Mit deiner Nachricht ist etwas schiefgegangen; es steht im Protokoll.

setup-hello = Ich schreibe auf, was in Sprachnachrichten gesagt wird.
setup-mode-auto = Jede Sprachnachricht und Videonachricht hier bekommt ihren Text. Auf jede andere Aufnahme antworte mit /transcribe.
setup-mode-ask = Antworte auf eine Sprachnachricht mit /transcribe, oder erwähne mich in der Antwort, und ihr Text kommt darunter.
setup-mode-off = In diesem Chat bin ich ausgeschaltet.
setup-admins = Admins dieser Gruppe können das mit /settings ändern.
setup-channel = Ich bin jetzt im Kanal { $title }.
