# What only Telegram has: groups in privacy mode, businesses.
platform-telegram = Telegram
setup-privacy = I cannot see ordinary messages here, voice messages among them: Telegram hides them from bots in privacy mode. So I can only write down what somebody answers with /transcribe. To have every voice message written down, make me an admin of this group; or switch privacy mode off (/setprivacy at @BotFather), then remove me and add me again.
business-ready = You connected me. Voice messages and round videos in your chats get their text under them, yours and those of the people who write to you. It goes to your account.
business-no-reply = You connected me, but I may not answer in your chats. In Telegram's settings, under Telegram Business and Chatbots, allow me to reply to messages.
