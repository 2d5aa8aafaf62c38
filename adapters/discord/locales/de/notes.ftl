# The menus of Discord's messages, and what is said around messages there.
menu-transcribe = Transkribieren
menu-transcribe-privately = Privat transkribieren
menu-nothing = In dieser Nachricht ist nichts zu hören.
menu-left-out = { $taken ->
    [one] Discord lässt mich hier mit einer Aufnahme antworten.
   *[other] Discord lässt mich hier mit { $taken } Aufnahmen antworten, also sind das die ersten.
} Schick mir die anderen in unserem eigenen Chat.
direct-help = Schick mir eine Sprachnachricht oder eine Audio- oder Videodatei bis { $megabytes } MB, oder leite sie weiter, und ich schreibe auf, was darin gesagt wird. Alles Weitere steht in /help.
mention-how = Erwähne mich in deiner Antwort auf eine Nachricht mit Ton, oder öffne das Menü der Nachricht, Apps, Transkribieren.
mention-unseen = Discord zeigt mir die Nachricht nicht, auf die du geantwortet hast. Öffne ihr Menü (Rechtsklick, oder gedrückt halten), dann Apps, Transkribieren.
mention-off = In diesem Kanal bin ich ausgeschaltet. Wer ihn verwaltet, kann das mit /setup ändern.
server-hello = Ich schreibe auf, was in Sprachnachrichten gesagt wird: Öffne das Menü einer Nachricht (Rechtsklick, oder gedrückt halten), dann Apps, Transkribieren; oder erwähne mich in der Antwort darauf. Wer diesen Server verwaltet, kann mich mit /setup jede Aufnahme eines Kanals nehmen lassen.
