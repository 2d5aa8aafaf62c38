# Was nur Telegram hat: Gruppen im Privatsphäre-Modus, geschäftliche Konten.
platform-telegram = Telegram
setup-privacy = Im Privatsphäre-Modus sehe ich Sprachnachrichten nicht. Antworte darauf mit /transcribe, oder mach mich zum Admin, dann schreibe ich alle ab.
press-file-start = Dateien gehen in unseren eigenen Chat. Starte ihn zuerst: t.me/{ $bot }, und drück dann noch einmal.
business-ready = Du hast mich verbunden. Sprach- und Videonachrichten in deinen Chats bekommen ihren Text. Das geht auf dein Konto.
business-no-reply = Du hast mich verbunden, aber ich darf nicht antworten. Erlaube es in Telegrams Einstellungen: Telegram Business, Chatbots.
bot-description =
    Ich mache aus Sprachnachrichten Text. Schick oder leite mir eine Sprachnachricht, ein rundes Video, ein Video oder eine Audiodatei weiter.

    In Gruppen antworte auf eine Aufnahme mit /transcribe.
bot-short-description = Sprachnachrichten als Text. Schick mir eine, oder hol mich in eine Gruppe.
