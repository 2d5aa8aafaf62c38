# What only Telegram has: groups in privacy mode, businesses.
platform-telegram = Telegram
setup-privacy = Telegram's privacy mode hides voice messages from me. Reply to them with /transcribe, or make me an admin to have all transcribed.
business-ready = You connected me. Voice messages and round videos in your chats get their text, sent or received. Your account pays for it.
business-no-reply = You connected me, but I may not reply in your chats. Allow it in Telegram's settings: Telegram Business, Chatbots.
