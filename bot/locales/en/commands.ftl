# What each command does, as it stands in the platforms' own lists of commands.
command-start = What I do, and how to begin
command-help = What I can do
command-transcribe = Transcribe a voice message or a link
command-language = The language that is spoken
command-model = The speech model
command-speakers = Tell speakers apart, or not
command-format = How the text comes: as a message, or as a file
command-settings = All settings
command-balance = What is left to spend
command-usage = What was spent, month by month
command-jobs = Your latest recordings
command-link = Share one balance with your other platform
command-unlink = Part from your other platforms
command-setup = What I do in this channel or server
command-spend = What was spent, by account
command-credit = Add to somebody's balance
command-refund = Give back a charge, or pay out a balance
command-allowance = Give somebody an allowance of their own
command-allow = Let somebody use this service
command-block = Keep somebody out
command-unblock = Treat somebody as everybody else
command-role = Make somebody an operator, or a user
command-pause = Take no new recordings for now
command-resume = Take recordings again
command-queue = Everybody's latest recordings
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
balance-group = The account of this group:
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
forget-ask = This deletes your transcripts and settings for good, on every platform that you linked, and cancels what is being transcribed. What was paid stays in the books, without your name. Shall I?
button-forget = Delete it all
forget-done = { $notes ->
    [0] There was nothing to delete.
    [one] Deleted, with one recording.
   *[other] Deleted, with { $notes } recordings.
}
forget-left = Deleted; { $left ->
    [one] one recording is
   *[other] { $left } recordings are
} just being cancelled, and will be gone after that.
link-code = Say /link { $code } to me on your other platform within ten minutes: both share one balance from then on. Give this code to nobody: whoever says it shares your balance, sees what you spent, and can read and delete your recordings.
link-ask = This makes one account of this one and of one on { $platforms }. { $micros ->
    [0] Both
   *[other] Your { $balance } go to that account, and stay there if you part. Both
} share one balance, and each can read and get the recordings of both; /forget on either side is about both. Say yes only if you made the code yourself. Shall I?
link-done = These share one account now: { $platforms }.
link-in-private = A code is said to me in our own chat, never where others read it. This one is void now: ask for a new one there with /link.
unlink-leave = This parts { $leaving } from { $staying }. The balance stays with { $staying }; here you begin anew. Shall I?
unlink-stay = This parts { $leaving } from { $staying }. The balance stays here; there you begin anew. Shall I?
unlink-done = Parted. From now on { $platforms } has an account of its own.
button-link = Both are mine
button-unlink = Part them

# Buttons.
press-unknown = This button is from another time: please ask again.
press-old = This message is too old for its buttons.
press-forgotten = This recording was deleted.
press-not-yours = Only the person who asked may press this.
press-admins-only = Only those who run this group may change that.
press-admins-pay = The group pays for this: only those who run it may say yes.
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
setting-format = The text comes
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
value-format-text = as a message
value-format-times = as a message with times
value-format-txt = as a TXT file
value-format-srt = as an SRT file
value-format-vtt = as a VTT file
value-format-docx = as a DOCX file
value-mode-auto = each is transcribed
value-mode-ask = when somebody asks
value-mode-off = never
about-language = The language spoken in recordings. Others than these by name: /language Danish
about-model = The speech model. Others by name: /model name
about-speakers = Whether the text says who is speaking. It may take another model, at another price.
about-format = How the text comes: as a message, there with the time of each line, or as a file.
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
spend-how = Write the month like 2026-11, and csv for a file: /spend 2026-11 csv
credit-how = Name the account and the dollars: /credit platform:id 5.00
credit-done = { $amount } added: { $account } has { $available } to spend.
refund-how = Name a recording by its id from /queue, or an account and the dollars: /refund 3f2a9c1e, or /refund platform:id 5.00
refund-nothing = Nothing was charged for a recording of that id, or it was given back before.
refund-note = { $amount } given back.
refund-done = { $amount } paid out: it was taken from what { $account } paid in.
allowance-how = Name the account, and the dollars a month; perhaps those a day: /allowance platform:id 10.00 1.00. “default” in place of the dollars: as everybody has it.
allowance-default = { $account } has the same allowance as everybody again.
allowance-done = { $account } has { $amount } a month: it counts from the next grant.
access-how = Name the account, or the group: /{ $command } platform:id
owners-only = That is for the owners of this service, whom its settings name; nor can they be blocked.
allow-done = { $account } may use this service.
block-done = { $account } cannot use this service any more, nor can whoever shares that account.
unblock-done = { $account } is treated as everybody else again.
role-how = Name the account, and “operator” or “user”: /role platform:id operator
role-user = { $account } is a user as everybody else.
role-operator = { $account } is an operator now.
pause-done = Paused: nothing new is taken. { $notes ->
    [0] Nothing is in work.
    [one] One recording is still being worked on, and gets its text.
   *[other] { $notes } recordings are still being worked on, and get their texts.
}
resume-done = Recordings are taken again.
resume-nothing = Recordings were taken all the time.

platform-api = HTTP API
platform-console = Terminal
