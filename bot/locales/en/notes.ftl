# What is said to people around their recordings, and where a bot joins them.
help-send = Send or forward me a voice message, a round video, or an audio or video file of up to { $megabytes } MB, and you get its text. See /help.
not-sound = That has no audio. Send me a voice message, or an audio or video file.
transcribe-how = Reply to a message with audio with /transcribe, or give me a link: /transcribe https://example.org/recording.mp3
transcribe-off = I am switched off in this chat. Its admins can change that with /settings.
transcribe-as-channel = I cannot tell who asks in a channel's name. Ask as yourself, and I transcribe it.
transcribe-running = I am working on it. The text appears under that message.
transcribe-there = The text of this recording is in this chat already.
guest-how = Mention me in a reply to a message with audio, and you get its text.
given-up = Something went wrong on our side, not on yours. Please send it again in a while.
setup-hello = I transcribe voice messages.
setup-mode-auto = Each voice message and round video here gets its text. Reply to any other recording with /transcribe.
setup-mode-ask = Reply to a voice message with /transcribe, or mention me in the reply, to get its text.
setup-mode-off = I am switched off in this chat.
setup-admins = Admins of this group can change that with /settings.
setup-channel = I am in the channel { $title } now.
setup-privacy-off = Or switch privacy mode off (/setprivacy at @BotFather), then remove me and add me again.
