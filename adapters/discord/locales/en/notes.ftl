# The menus of Discord's messages, and what is said around messages there.
menu-transcribe = Transcribe
menu-transcribe-privately = Transcribe privately
menu-nothing = That message has no audio.
menu-left-out = { $taken ->
    [one] Discord lets me answer only { $taken } recording here.
   *[other] Discord lets me answer only { $taken } recordings here; these are the first.
} Send me the others in our own chat.
direct-help = Send or forward me a voice message, or an audio or video file of up to { $megabytes } MB, and you get its text. See /help for more.
direct-help-nitro = Send or forward me a voice message, or an audio or video file of up to { $megabytes } MB (with Nitro more), and you get its text. See /help for more.
mention-how = Mention me in a reply to a message with audio, or open that message's menu, Apps, Transcribe.
mention-unseen = Discord does not show me the message you replied to. Open its menu (right-click or hold it), then Apps, Transcribe.
mention-off = I am switched off in this channel. Its managers can change that with /setup.
server-hello = I transcribe voice messages: open a message's menu, Apps, Transcribe, or mention me in a reply. Managers can have me transcribe all with /setup.
