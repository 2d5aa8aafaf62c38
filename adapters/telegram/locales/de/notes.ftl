# Was nur Telegram hat: Gruppen im Privatsphäre-Modus, geschäftliche Konten.
platform-telegram = Telegram
setup-privacy = Im Privatsphäre-Modus sehe ich Sprachnachrichten nicht. Antworte darauf mit /transcribe, oder mach mich zum Admin, dann schreibe ich alle ab.
business-ready = Du hast mich verbunden. Sprach- und Videonachrichten in deinen Chats bekommen ihren Text. Das geht auf dein Konto.
business-no-reply = Du hast mich verbunden, aber ich darf nicht antworten. Erlaube es in Telegrams Einstellungen: Telegram Business, Chatbots.
