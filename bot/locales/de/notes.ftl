# Was rund um Aufnahmen gesagt wird, und wo ein Bot dazukommt.
help-send = Schick mir eine Sprach- oder Videonachricht oder eine Audio- oder Videodatei bis { $megabytes } MB, und du bekommst ihren Text. Mehr zeigt /help.
not-sound = Das hat keinen Ton. Schick mir eine Sprachnachricht oder eine Audio- oder Videodatei.
transcribe-how = Antworte auf eine Nachricht mit Ton mit /transcribe, oder gib mir einen Link: /transcribe https://example.org/recording.mp3
transcribe-off = In diesem Chat bin ich ausgeschaltet. Seine Admins können das mit /settings ändern.
transcribe-as-channel = Wer im Namen eines Kanals fragt, weiß ich nicht. Frag unter deinem eigenen Namen, dann schreibe ich es ab.
transcribe-running = Ich bin schon dabei: Der Text kommt unter die Nachricht.
transcribe-there = Der Text dieser Aufnahme steht schon in diesem Chat.
guest-how = Erwähne mich in der Antwort auf eine Nachricht mit Ton, und du bekommst ihren Text.
given-up = Bei uns ist etwas schiefgegangen, nicht bei dir. Bitte schick es in einer Weile noch einmal.
setup-hello = Ich schreibe Sprachnachrichten ab.
setup-mode-auto = Jede Sprachnachricht und Videonachricht hier bekommt ihren Text. Auf jede andere Aufnahme antworte mit /transcribe.
setup-mode-ask = Antworte auf eine Sprachnachricht mit /transcribe, oder erwähne mich in der Antwort, und du bekommst ihren Text.
setup-mode-off = In diesem Chat bin ich ausgeschaltet.
setup-admins = Admins dieser Gruppe können das mit /settings ändern.
setup-channel = Ich bin jetzt im Kanal { $title }.
setup-privacy-off = Oder schalte ihn aus (/setprivacy bei @BotFather), entferne mich und füge mich wieder hinzu.
