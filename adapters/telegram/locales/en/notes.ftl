# What only Telegram has: groups in privacy mode, businesses.
platform-telegram = Telegram
setup-privacy = Telegram's privacy mode hides voice messages from me. Reply to them with /transcribe, or make me an admin to have all transcribed.
press-file-start = Files go to our own chat. Start it first: t.me/{ $bot }, then press again.
business-ready = You connected me. Voice messages and round videos in your chats get their text, sent or received. Your account pays for it.
business-no-reply = You connected me, but I may not reply in your chats. Allow it in Telegram's settings: Telegram Business, Chatbots.
bot-description =
    I turn voice messages into text. Send or forward me a voice message, a round video, a video or an audio file.

    In groups, reply to a recording with /transcribe.
bot-short-description = Voice messages to text. Send me one, or add me to a group.
