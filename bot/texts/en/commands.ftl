# What each command does, as it stands in the platforms' own lists of commands.
command-start = What I do, and how to begin
command-help = What I can do
command-transcribe = Transcribe a voice message or a link
command-language = The language that is spoken
command-model = The speech model
command-speakers = Tell speakers apart, or not
command-settings = All settings
command-balance = What is left to spend
command-usage = What was spent, month by month
command-jobs = Your latest recordings
command-setup = What I do in this channel or server
command-spend = What was spent, by account
command-credit = Add to somebody's balance
command-cancel = Cancel what is being transcribed
command-export = All that is stored about you, as a file
command-forget = Delete all that is stored about you
command-topup = Add to your balance
command-paysupport = Help with a payment

# What they answer.
start =
    Hello, I am { $name }. Send or forward me a voice message, a video or a sound file, and you get its text.

    In a group, reply to a voice message with /transcribe. /help shows all that I can do, /settings how I do it.
help =
    Send or forward me a voice message, a round video, a video or a sound file, and I write down what is said. Under the text are buttons for files (TXT, SRT, VTT, DOCX), speakers and other languages.

    In groups I answer when somebody replies to a recording with /transcribe; those who run the group can have me answer each voice message (/settings).
only-in-private = That is between the two of us: ask me in our own chat, @{ $bot }.
balance-open = Nothing has to be paid here; what is used is counted.
balance-allowance = { $available } left of this month's allowance.
balance-prepaid = { $available } left.
balance-held = { $held } is set aside for what is being transcribed.
balance-spent = Spent: { $month } this month, { $ever } in all.
balance-recent = Your latest recordings:
state-accepted = waits
state-working = in work
state-done = done
state-failed = failed
state-cancelled = cancelled
usage-month = { $month }: { $notes ->
    [one] { $notes } recording
   *[other] { $notes } recordings
}, { $length }, { $charged }
usage-none = Nothing yet.
cancelling = { $notes ->
    [0] There is nothing to cancel.
    [one] Cancelling one recording.
   *[other] Cancelling { $notes } recordings.
}
export-done = { $notes ->
    [one] All that is stored about you, one recording among it.
   *[other] All that is stored about you, { $notes } recordings among it.
}
export-too-large = There is more about you than fits into a file here: ask the operator for it.
forget-ask = This deletes your transcripts and settings for good, and cancels what is being transcribed. What was paid stays in the books. Shall I?
button-forget = Delete it all
forget-done = { $notes ->
    [0] There was nothing to delete.
    [one] Deleted, with one recording.
   *[other] Deleted, with { $notes } recordings.
}
forget-left = Deleted; { $left ->
    [one] one recording is
   *[other] { $left } recordings are
} just being cancelled: send /forget again in a minute.

# Buttons.
press-unknown = This button is from another time: please ask again.
press-old = This message is too old for its buttons.
press-forgotten = This recording was deleted.
press-not-yours = Only the person who asked may press this.
press-admins-only = Only those who run this group may change that.
press-no-text = There is no text of this recording.
press-cancelling = Cancelling…
press-too-late = Too late: that has its end already.
press-agreed = Good, it goes on.
press-not-here = Not in this chat: send me the recording in our own.
press-choose-language = Which language is spoken?
press-choose-speaker = Who is to get a name?
press-aside = I ask you in our own chat.
run-costs = Another run would cost { $price }. Shall I?
press-running = Another run has begun.
press-start-me = Write to me first, @{ $bot }: then the answer has a place to go to.
press-ran = That was asked for before: look for its answer.
name-ask = What is { $speaker } called? Reply to this message with the name.

# Settings.
settings-own = Your settings
settings-chat = The settings of this chat
setting-language = Language
setting-model = Model
setting-speakers = Speakers
setting-ask-above = Ask before spending
setting-mode = Voice messages here
setting-mode-business = Voice messages in your chats
setting-tongue = I speak
source-chat = chosen for this chat
source-server = chosen for this server
source-user = your choice
source-default = default
value-auto = found by itself
value-never = never
value-above = above { $price }
value-like-app = as your app does
value-speakers-on = told apart
value-speakers-off = not told apart
value-mode-auto = each is transcribed
value-mode-ask = when somebody asks
value-mode-off = never
about-language = The language spoken in recordings. Others than these by name: /language Danish
about-model = The speech model. Others by name: /model name
about-speakers = Whether the text says who is speaking. It may take another model, at another price.
about-ask-above = Recordings that cost more than this are asked about first.
about-mode = What happens to voice messages in this chat.
about-tongue = The language in which I speak to you.
button-reset = Default

# Payments.
topup-ask = How much shall be added to your balance?
topup-off = Nothing can be paid in here.
topup-refused = This invoice cannot be paid any more: please send /topup again.
topup-done = Thank you: { $value } was added. You have { $available } to spend.
button-topup = ⭐ { $stars } → { $value }
invoice-title = Speech to text
invoice-text = { $stars } Stars add { $value } to your balance.
paysupport = For help with a payment, write to { $support }.
paysupport-nobody = For help with a payment, write to the operator of this bot.

# Those who run the service.
operators-only = That is for those who run this service, in their own chat with me.
spend-whole = { $month }: { $charged } charged, { $cost } paid to providers, { $lost } lost
spend-line = { $account }: { $notes ->
    [one] { $notes } recording
   *[other] { $notes } recordings
}, { $charged }
spend-how = Write the month like 2026-11: /spend 2026-11
credit-how = Name the account and the dollars: /credit telegram:110201543 5.00
credit-done = { $amount } added: { $account } has { $available } to spend.
