# The menus of Discord's messages, and what is said around messages there.
menu-transcribe = Transkribieren
menu-transcribe-privately = Privat transkribieren
menu-nothing = Diese Nachricht hat keinen Ton.
menu-left-out = { $taken ->
    [one] Discord lässt mich hier nur { $taken } Aufnahme beantworten.
   *[other] Discord lässt mich hier nur { $taken } Aufnahmen beantworten; das sind die ersten.
} Schick mir die anderen in unserem eigenen Chat.
direct-help = Schick mir eine Sprachnachricht oder eine Audio- oder Videodatei bis { $megabytes } MB, und du bekommst ihren Text. Mehr zeigt /help.
direct-help-nitro = Schick mir eine Sprachnachricht oder eine Audio- oder Videodatei bis { $megabytes } MB (mit Nitro mehr), und du bekommst ihren Text. Mehr zeigt /help.
mention-how = Erwähne mich in der Antwort auf eine Nachricht mit Ton, oder öffne ihr Menü, Apps, Transkribieren.
mention-unseen = Discord zeigt mir die Nachricht nicht, auf die du antwortest. Öffne ihr Menü (Rechtsklick oder gedrückt halten), Apps, Transkribieren.
mention-off = In diesem Kanal bin ich ausgeschaltet. Wer ihn verwaltet, kann das mit /setup ändern.
server-hello = Ich schreibe Sprachnachrichten ab: im Menü einer Nachricht Apps, Transkribieren, oder erwähne mich in der Antwort. Mit /setup nehme ich alle.
