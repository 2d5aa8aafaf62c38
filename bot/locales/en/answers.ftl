# Under a recording while it is worked on.
placeholder-queued = { $before ->
    [0] Queued, next in line
    [one] Queued, { $before } recording ahead
   *[other] Queued, { $before } recordings ahead
}
placeholder-taken = Queued
placeholder-fetching = Fetching the recording…
placeholder-preparing = Looking at the recording…
placeholder-transcribing = Transcribing…
placeholder-transcribing-percent = Transcribing… { $percent } %
placeholder-transcribing-left = Transcribing… { $percent } %, about { $minutes } min left
placeholder-heard = So far (this may still change):
placeholder-delivering = Sending the text…
placeholder-asking = This would cost { $price }. Shall I transcribe it?
placeholder-price = at most { $price }
placeholder-part = { $of ->
    [1] …
   *[other] … ({ $number }/{ $of })
}

# Under a text.
footer-charged = { $charged }
footer-left = { $available } left
footer-counted = { $cost } counted
footer-one-voice = one voice

# In place of a text, or beside it.
answer-nothing = (There is no readable text in it.)
answer-in-file = The whole text is in the file.
answer-by-buttons = This is the beginning. The buttons below give you the whole text as a file.
answer-ready = Your text is ready.
answer-cut = This is the beginning. Send me the recording in our private chat to get all of it.
answer-cut-short = … the rest was not transcribed: { $reason ->
    [Cancelled] it was cancelled
    [Discarded] it was cancelled
    [WaitedTooLong] it waited for a week
    [DiskFull] the disk is full
    [ProviderRefused] the speech service rejected it
    [ProviderDown] the speech service did not answer
    [Unanswered] the speech service did not answer
   *[other] something went wrong
}
answer-file-name = transcript
answer-budget-short = This costs more than is left to spend. See /balance.
answer-day-short = This costs more than is left of today's allowance. It is renewed at midnight.
answer-not-set-up = This service is not set up for that. It is not your fault: its operator has to mend it. Nothing was charged.
aside-business = About a recording in one of your chats: { $words }
aside-unasked = About a file that you sent in a group or channel: { $words }
button-cancel = Cancel
button-discard = Discard the text (already paid: { $price })
button-show = Show me the text
button-agree = Transcribe for { $price }
button-speakers-on = Speakers on
button-speakers-off = Speakers off
button-names = Names
button-languages = Spoken language
button-remove = Delete this text
button-back = Back
button-again = Yes, for { $price }
button-again-free = Yes
button-retry = Try again
