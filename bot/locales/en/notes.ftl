# What is said to people around their recordings, and where a bot joins them.
help-send = Send or forward me a voice message, a round video, or a file of sound or video of up to { $megabytes } MB, and I write down what is said in it. /help tells the rest.
not-sound = There is nothing to hear in that. Send me a voice message, or a file of sound or video.
transcribe-how = Answer a message that has sound with /transcribe, or give me a link: /transcribe https://example.org/recording.mp3
transcribe-off = I am switched off in this chat. Who runs it can change that with /settings.
transcribe-running = I am on it already: the text comes under that message.
guest-how = Mention me in answer to a message that has sound, and I write down what is said in it.
given-up = Something went wrong with your message, and it is written in the log.

setup-hello = I write down what is said in voice messages.
setup-mode-auto = Each voice message and round video here gets its text under it. For any other recording, answer it with /transcribe.
setup-mode-ask = Answer a voice message with /transcribe, or with a mention of me, and its text comes under it.
setup-mode-off = In this chat I am switched off.
setup-admins = Admins of this group can change that with /settings.
setup-channel = I am in the channel { $title } now.
