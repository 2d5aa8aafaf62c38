# What Telegram does not allow, by the error's code.
error-Stays = That message can no longer be deleted.
error-IsFile = That message is a file, so its text cannot be changed.
error-NotModified = That message is up to date already.
error-ThreadGone = That topic was deleted.
error-NoVoice = I may not write in that chat.
error-Moved = That group has become another one.
error-QueryOver = It is too late to answer that. Please ask again.
error-TooLargeForTelegram = { $size_mb ->
    [0] Telegram gives bots files of at most 20 MB; this one is larger.
   *[other] Telegram gives bots files of at most 20 MB; this one has { NUMBER($size_mb, useGrouping: 0, maximumFractionDigits: 0) } MB.
} The bot's operator can lift the limit (Bot API server). Nothing was charged.
error-FileGone = Telegram no longer has the file { $name }: please send it again. Nothing was charged.
error-FileDown = Telegram does not hand out this file at the moment: please send it again later. Nothing was charged.
error-TelegramDown = Telegram does not answer. Please try again in a minute.
error-PayerForgotten = The payer erased all data, so there is no account to take the refund from.
error-RefundRefused = Telegram refuses this refund ({ $reason }), so nothing was taken from the balance.
