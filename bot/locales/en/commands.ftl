# What each command does, as it stands in the platforms' own lists of commands.
command-start = What I do and how to begin
command-help = What I can do
command-transcribe = Transcribe a voice message or a link
command-language = The spoken language
command-model = The speech model
command-speakers = Tell speakers apart or not
command-format = The form of the text: a message or a file
command-settings = All settings
command-balance = What is left to spend
command-usage = What was spent, month by month
command-jobs = Your latest recordings
command-link = Share one balance with your other platform
command-unlink = Unlink your other platforms
command-voice = Have your own voice named in your texts
command-setup = What I do in this channel or server
command-spend = What was spent, by account
command-credit = Add to an account's balance
command-refund = Refund a charge, or pay out a balance
command-allowance = Give an account its own allowance
command-allow = Let a user in
command-block = Keep a user out
command-unblock = Treat a user as everybody else again
command-role = Make a user an operator, or an operator a user
command-pause = Accept no new recordings for now
command-resume = Accept recordings again
command-queue = All users' latest recordings
command-cancel = Cancel what is being transcribed
command-export = All your data as a file
command-forget = Erase all your data
command-privacy = What is kept about you
command-topup = Add to your balance
command-paysupport = Help with a payment

# What they answer.
start =
    Hello, I am { $name }. Send or forward me a voice message, a video or an audio file, and you get its text.

    In a group, reply to a voice message with /transcribe. /help shows all that I can do, /settings how I do it.
help =
    Send or forward me a voice message, a round video, a video or an audio file, and you get its text. Under the text are buttons for files (TXT, SRT, VTT, DOCX), speakers and other languages.

    In groups, reply to a recording with /transcribe. Admins can have me transcribe every voice message (/settings).
only-in-private = That is private. Ask me in our own chat: @{ $bot }.
unknown-command = I do not know { $command }. /help shows all that I can do.
balance-open = Nothing has to be paid here. Use is counted.
balance-allowance = { $available } left of this month's allowance.
balance-prepaid = { $available } left.
balance-held = { $held } is held for recordings in work.
balance-spent = Spent: { $month } this month, { $ever } in total.
balance-recent = Your latest recordings:
balance-more = … and { $left } more.
balance-group = This group's account:
state-accepted = waiting
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
    [one] Cancelling { $notes } recording.
   *[other] Cancelling { $notes } recordings.
}
cancelling-owed = Already paid, also without the text: { $price }. /jobs shows it to you alone.
export-done = { $notes ->
    [one] All your data, with { $notes } recording.
   *[other] All your data, with { $notes } recordings.
}
export-too-large = Your data does not fit into a file of { $megabytes } MB, the largest that I can send here. Ask the operator for it.
forget-ask = This erases your transcripts and settings on all linked platforms and cancels recordings in work. Payments stay in the books without your name. Erase all?
button-forget = Erase all
forget-done = { $notes ->
    [0] There was nothing to erase.
    [one] Erased, with { $notes } recording.
   *[other] Erased, with { $notes } recordings.
}
forget-left = Erased. { $left ->
    [one] { $left } recording is
   *[other] { $left } recordings are
} being cancelled and will be erased after that.
privacy-kept = Kept about you: your user id, your settings, your transcripts and what they cost. Recordings are deleted once they are transcribed.
privacy-texts = { $days ->
    [0] Transcripts are kept until you erase them.
    [one] Transcripts are deleted after { $days } day.
   *[other] Transcripts are deleted after { $days } days.
}
privacy-accounts = { $days ->
    [0] Your account is kept until you erase it.
    [one] An empty account that is not used loses your name after { $days } day.
   *[other] An empty account that is not used loses your name after { $days } days.
}
privacy-providers = { $providers ->
    [none] Recordings are transcribed by this service itself and sent to nobody.
   *[other] Recordings may be sent to { $providers } to be transcribed.
}
privacy-voices = If you enrolled your voice (/voice), numbers that describe it are kept until you delete them.
privacy-erase = /export sends you all of it, /forget erases it at once. Payments stay in the books without your name.
link-code = Send me /link { $code } on your other platform within ten minutes. Give the code to nobody: it opens your balance and recordings.
link-ask = Join this account with one on { $platforms }? { $micros ->
    [0] They
   *[other] Your { $balance } move there for good. They
} share balance, recordings and /forget. Confirm only if you created the code.
link-done = One account now: { $platforms }.
link-in-private = Never post a code where others can read it. This one is cancelled: get a new one with /link in our own chat.
unlink-leave = Unlink { $leaving } from { $staying }? The balance stays with { $staying }; here you start anew.
unlink-stay = Unlink { $leaving } from { $staying }? The balance stays here; there you start anew.
unlink-done = Unlinked. { $platforms } has its own account now.
button-link = Both are mine
button-unlink = Unlink

voice-about = In conversations that you send, you can be named instead of "Speaker 1". Send /voice and your name, such as: /voice Ada
voice-ask = To name you { $name } in your recordings, your voice is stored as numbers, not as sound. Enrol only your own voice. /voice deletes it.
button-voice-agree = I agree
voice-record = Now record a voice message here: 15 seconds of your own speech, nobody else's. The message itself is not kept.
voice-kept = Your voice is known. In conversations that you send with speakers told apart (/speakers on), you are { $name }.
voice-outdated = Your voice was learned by another model than today's, so { $name } is not named. Send /voice { $name } to record it again.
button-voice-delete = Delete my voice
voice-deleted = Your voice is deleted. Texts keep the name that they have.

# Buttons.
press-unknown = This button is out of date. Please ask again.
press-old = This message is too old for its buttons.
press-forgotten = This recording was deleted.
press-not-yours = Only the user who asked may press this.
press-admins-only = Only admins of this group may change that.
press-no-text = There is no text of this recording.
file-too-large = I can send files of up to { $megabytes } MB here; this one is larger.
press-cancelling = Cancelling…
press-owed = The speech service has it already: { $price } is paid even without the text. Press again to discard the text.
press-discarding = OK. The text is not posted; only you can see it, with /jobs.
press-too-late = Too late: it is finished already.
press-agreed = OK, transcribing.
press-not-here = Not in this chat. Send me the recording in our own chat.
press-one-voice = There is only one voice in this recording.
press-file-sent = I sent you the file in our own chat.
press-choose-language = Which language is spoken in the recording? I do not translate.
press-choose-speaker = Which speaker gets a name?
press-aside = I am asking you in our own chat.
run-costs = Transcribing it again would cost { $price }. Continue?
press-running = Transcribing again.
press-start-me = Write to me first, @{ $bot }, so that I can send you the answer.
press-ran = You asked for that before. Look for its answer above.
press-removed = Deleted here. You can still read it with /jobs.
press-perhaps = This may have worked: the confirmation was lost. Please look first, and press again if nothing is there.
press-later = { $name } does not take this just now. Please press again in a minute.
press-refused = { $name } does not let me send this here. Try it in our own chat.
name-ask = What is the name of { $speaker }? Reply to this message with it.

# Settings.
settings-own = Your settings
settings-chat = Settings of this chat
setting-language = Language
setting-model = Model
setting-speakers = Speakers
setting-format = Text as
setting-ask-above = Ask before spending
setting-mode = Voice messages here
setting-mode-business = Voice messages in your chats
setting-tongue = My language
source-chat = chosen for this chat
source-server = chosen for this server
source-user = your choice
source-default = default
value-auto = automatic
value-never = never
value-above = above { $price }
value-like-app = as in your app
value-speakers-on = told apart
value-speakers-off = not told apart
value-format-text = message
value-format-times = message with times
value-format-txt = TXT file
value-format-srt = SRT file
value-format-vtt = VTT file
value-format-docx = DOCX file
value-mode-auto = all
value-mode-ask = on request
value-mode-off = none
about-language = The language spoken in recordings. Any other by its name: /language Danish
about-model = The speech model. Any other by its name: /model name
about-speakers = Show in the text who is speaking. This may need another model at another price.
about-format = The form of the text: a message, a message with the time of each line, or a file.
about-ask-above = Ask me before a recording costs more than this.
about-mode = Which voice messages are transcribed in this chat.
about-tongue = The language of my messages to you.
button-reset = Default

# Payments.
topup-ask = How much do you want to add to your balance?
topup-off = Payments are not available here.
topup-refused = This invoice has expired. Please send /topup again.
topup-done = Thank you. { $value } was added. You have { $available } to spend.
topup-refunded = Your Stars were given back, so { $value } left your balance. You have { $available } to spend.
button-topup = ⭐ { $stars } → { $value }
invoice-title = Speech to text
invoice-text = { $stars ->
    [one] { $stars } Star adds
   *[other] { $stars } Stars add
} { $value } to your balance.
paysupport = For help with a payment, write to { $support }.
paysupport-nobody = For help with a payment, write to the operator of this bot.

# Those who run the service.
operators-only = Only operators can do that, in a private chat with me.
operators-away = I was away when you sent { $command }. If it is not done, send it again.
spend-whole = { $month }: { $charged } charged, { $cost } paid to providers, { $lost } lost
spend-line = { $account }: { $notes ->
    [one] { $notes } recording
   *[other] { $notes } recordings
}, { $charged }
spend-how = Send a month, and csv for a file: /spend 2026-11 csv
credit-how = Send the account and the dollars: /credit platform:id 5.00
credit-done = { $amount } added: { $account } has { $available } to spend.
refund-how = Send a recording's id from /queue, or an account and dollars: /refund 3f2a9c1e, or /refund platform:id 5.00
refund-nothing = Nothing was charged for a recording of this id, or it was refunded before.
refund-note = { $amount } refunded.
refund-done = { $amount } paid out, from what { $account } paid in.
allowance-how = Send the account and dollars a month (and a day), or “default”: /allowance platform:id 10.00 1.00
allowance-default = { $account } has the default allowance again.
allowance-done = { $account } has { $amount } a month, from the next grant on.
access-how = Send the account or the group: /{ $command } platform:id
owners-only = Only the owners named in the settings can do that, and they cannot be blocked.
allow-done = { $account } can use this service.
block-done = { $account } and all users who share this account can no longer use this service.
unblock-done = { $account } is treated like everybody else again.
role-how = Send the account and “operator” or “user”: /role platform:id operator
role-user = { $account } is a user.
role-operator = { $account } is an operator.
pause-done = Paused: no new recordings are accepted. { $notes ->
    [0] None is in work.
    [one] { $notes } recording is in work and gets its text.
   *[other] { $notes } recordings are in work and get their texts.
}
resume-done = Recordings are accepted again.
resume-nothing = Recordings were accepted already.
platform-api = HTTP API
platform-console = Terminal

# Strangers of a service that is closed to them.
closed = This bot serves only users that its owner let in. You can ask for it.
closed-no-owner = This bot serves only users that were let in. Its operator lets you in with: earmark allow { $account }
button-ask-in = Ask to be let in
let-in = You are let in. Send me a voice message.
request-sent = I asked. You will read here what was decided.
request-waiting = You asked already. You will read here what was decided.
request-declined = Your request was declined.
request-too-many = Too many people are asking just now. Try again tomorrow.
request = { $name } asks to be let in.
request-gone = This request is not there any more.
request-approved-by = { $name } was let in, by { $by }.
request-declined-by = { $name } was declined, by { $by }.
button-let-in = Let in
button-turn-down = Decline
claim-done = You are the owner of { $name } now. Send a voice message, or /help.
