# Was nur Telegram hat: Gruppen im Privatsphäre-Modus, geschäftliche Konten.
platform-telegram = Telegram
setup-privacy = Ich sehe hier keine gewöhnlichen Nachrichten, auch keine Sprachnachrichten: Telegram verbirgt sie vor Bots im Privatsphäre-Modus. Darum kann ich nur abschreiben, worauf jemand mit /transcribe antwortet. Soll jede Sprachnachricht abgeschrieben werden, mach mich zum Admin dieser Gruppe; oder schalte den Privatsphäre-Modus aus (/setprivacy bei @BotFather), entferne mich dann und füge mich wieder hinzu.
business-ready = Du hast mich verbunden. Sprachnachrichten und Videonachrichten in deinen Chats bekommen ihren Text, deine und die der Leute, die dir schreiben. Das geht auf dein Konto.
business-no-reply = Du hast mich verbunden, aber ich darf in deinen Chats nicht antworten. Erlaube mir in den Einstellungen von Telegram, unter Telegram Business und Chatbots, auf Nachrichten zu antworten.
