# What went wrong, by the error's code. A reason is a code, or words from outside.
error-EarmarkError = Something went wrong. Please try again.
error-NotFound = There is no file { $name }.
error-BadMedia = This file cannot be transcribed. Please send it as MP3, OGG or MP4.
error-Unreadable = This file cannot be read: it is empty, damaged, or neither audio nor video. Please export it again.
error-Truncated = This file breaks off in the middle: please send it again.
error-NoSound = This file has no sound track. Please send one with sound.
error-UnsafeMedia = This file is not plain audio ({ $reason ->
    [index-too-large] its index is too large
    [index-too-long] its index claims more than the file can hold
    [other-file] it refers to another file
    [playlist] it is a list that points to other files
    [link] it is a link to another file
    [device] it is a pipe or a device
    [tracks] it has too many tracks
    [rate] it claims an impossible sample rate
    [channels] it claims an impossible number of channels
   *[other] { $reason }
}), so it was not opened. Please send it as MP3 or OGG.
error-NoSpeech = No speech was found in this recording, so there is no text. A louder recording may help.
error-NoWords = No words were found. The provider charged { $charged }.
error-TooLong = This recording is longer than the limit of { NUMBER($limit_minutes, useGrouping: 0) } minutes. Please send it in parts.
error-TooLarge = This file is larger than the limit of { NUMBER($limit_mb, useGrouping: 0) } MB. Please send it compressed, or in parts.
error-TooSlow = This file took too long to read, so it was not transcribed. Please send it as MP3 or OGG.
error-LinkRefused = This link is not followed: only public http and https addresses are, without a password in them.
error-LinkDown = Nothing could be downloaded from this link: { $reason ->
    [redirects] it redirects too often
    [status] it answers { $status }
    [compressed] it sends the file compressed, which was not asked for
    [silent] it does not answer
    [slow] it takes too long
    [broken] it broke off, or its answer makes no sense
   *[other] { $reason }
}. Please check the link, or send the file itself.
error-BadOptions = These options are not available. Please choose others.
error-UnknownModel = There is no model '{ $model }'; there are: { $known }.
error-UnknownFormat = There is no format '{ $format }'; there are: { $known }.
error-UnknownLanguage = There is no language '{ $language }'; use a code such as en, es or ru, or auto.
error-UnableModel = The model { $model } cannot do that ({ $what ->
    [speakers] tell speakers apart
    [events] write down laughter and the like
    [translation] translate into English
    [language] understand { $language }
   *[other] { $what }
}); { $able ->
    [none] no model here
   *[other] { $able }
} can.
error-BudgetShort = This would cost { $price }, and { $available } is left to spend. Top up, or send less.
error-DayShort = This would cost { $price }, and { $left } of today's allowance is left. It is renewed at midnight.
error-TooDear = This would cost more than this service may spend in a whole day. Please send it in parts.
error-RefundShort = { $amount } cannot be refunded: of what was paid in, { $available } is left.
error-PaymentUnknown = There is no payment '{ $charge }' in the books.
error-NotConfirmed = The price was not confirmed within a day. Nothing was charged. Send it again to be asked again.
error-NoAccess = You have no access to this service. Ask its operator.
error-NotAdmitted = You were not let in to this service yet. Write to its bot in a private chat.
error-Paused = This service takes no new recordings for now. { $words }
error-CodeUnknown = This code is not valid: a code works once, for ten minutes. Ask for a new one.
error-NotLinked = There is nothing to unlink: this account is on one platform only.
error-BadVoice = { $reason ->
    [name] Please send /voice with a name of at most 24 characters, such as: /voice Ada
    [engine] Voices cannot be learned just now. Please record it again later.
    [foreign] To learn your voice, record a voice message here. Files and forwarded messages are not taken for it.
    [short] That was too little speech to learn your voice. Please record at least 15 seconds.
    [long] That was too long. Please record about 15 seconds.
    [several] There is more than one voice in this message. Please record your own alone.
   *[mixed] Your voice sounds too different within this message. Please record it again in a quiet place.
}
error-Cancelled = Cancelled. Nothing was charged.
error-Discarded = Cancelled. It was already paid: { $charged }. Only you can read the text: /jobs.
error-ProviderError = The speech service could not transcribe this. It is not your fault.
error-ProviderDown = The speech service does not answer. Please try again later. Nothing was charged.
error-ProviderRefused = The speech service rejected this recording: { $reason ->
    [language] the model does not know the language { $language }
   *[other] { $reason }
}. Another model may take it.
error-ProviderFailed = The speech service could not transcribe this recording ({ $reason ->
    [gave-up] it gave up
    [unexplained] it does not say why
   *[other] { $reason }
}). It is not your fault. Nothing was charged.
error-Unanswered = The speech service took this recording, but never answered. You were not charged. Please try again.
error-ModelMissing = The speech model { $model } is not available: { $what_to_do }
error-EngineFailed = The speech engine failed on this recording ({ $reason ->
    [memory] not enough memory
    [internal] an internal error
    [slow] it took too long
   *[other] { $reason }
}). It is not your fault. Nothing was charged.
error-EngineDied = This recording ended the speech engine three times, so it is not tried again. The operator was told. Nothing was charged.
error-Unloaded = The speech engine is stopping. Please send this again in a minute. Nothing was charged.
error-OperatorError = The operator has to fix this service: { $reason }
error-DiskFull = The disk is full, so this could not be transcribed. Please try again later. Nothing was charged.
error-DiskShareFull = Your recordings take up as much of the disk as one user's may. Send this again when the others are done. Nothing was charged.
error-BadSettings = The settings are not right: { $reason }
error-BadUsage = This cannot be done: { $reason }
error-WaitedTooLong = This recording waited a week for the speech service and was dropped. It is not your fault. Nothing was charged.
error-KeyRefused = The speech service rejected our API key. It is not your fault; the operator was told. Nothing was charged.
error-NeedsLink = This recording is too large to tell its speakers apart without a link. The operator has to set EARMARK_PUBLIC_URL or a bucket. Nothing was charged.
error-StoreDown = The storage for large recordings does not answer. Please try again later. Nothing was charged.
error-DatabaseDown = The service's database does not answer. Please try again in a minute.
error-NotBackedUp = No backup was made: { $reason }.
error-NotRestored = Nothing was restored: { $reason }.
error-InternalError = Something went wrong on our side, not on yours. The operator can look it up: { $reference }. Nothing was charged.
error-Undelivered = The answer could not be delivered: { $reason ->
    [silent] the platform took no message for a week
    [blocked] the bot was blocked
    [no-account] the account was deleted
    [no-chat] the chat was deleted
    [not-member] the bot is no longer in that chat
    [no-permission] the bot may not write there
    [no-messages] the user takes no messages from the bot
    [no-server] the bot and the user have no server in common
    [no-contact] the user never wrote to the bot
    [no-user] there is no such user
    [no-business] the business account is no longer connected
    [deleted] the message was deleted
    [too-late] it is too late to answer there
    [outdated] the platform's server is too old for that
    [refused] the platform refuses the message
   *[other] { $reason }
}
error-TooManyNotes = { $limit } of your recordings are waiting. Please send this one again when some of them are done.
error-AdminsConfirm = The group pays for this: only its admins may confirm.
error-MessageGone = That message was deleted.
error-PageRefused = That message is too large or malformed.
error-MediaDown = The platform does not hand out this file at the moment: please send it again later. Nothing was charged.
