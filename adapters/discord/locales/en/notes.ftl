# The menus of Discord's messages, and what is said around messages there.
menu-transcribe = Transcribe
menu-transcribe-privately = Transcribe privately
menu-nothing = There is nothing to hear in that message.
menu-left-out = { $taken ->
    [one] Discord lets me answer with one recording here.
   *[other] Discord lets me answer with { $taken } recordings here, so these are the first.
} Send me the others in our own chat.
direct-help = Send or forward me a voice message, or a file of sound or video of up to { $megabytes } MB, and I write down what is said in it. /help tells the rest.
mention-how = Mention me in your reply to a message that has sound, or open that message's menu, Apps, Transcribe.
mention-unseen = Discord does not show me the message that you replied to. Open its menu (right-click it, or hold it), then Apps, Transcribe.
mention-off = I am switched off in this channel. Those who manage it can change that with /setup.
server-hello = I write down what is said in voice messages: open a message's menu (right-click it, or hold it), then Apps, Transcribe; or mention me in a reply to it. Those who manage this server can have me take every recording of a channel, with /setup.
