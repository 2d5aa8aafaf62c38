# What Discord does not allow, by the error's code.
error-TicketOver = It is too late to answer that. Please ask again.
error-AnsweredAlready = This was answered already.
error-MayNotWrite = I may not write there.
error-NothingSeen = I may not read there.
error-MayNotReply = I cannot reply to that message.
error-AttachmentGone = Discord no longer has the file { $name }: please send it again. Nothing was charged.
error-AttachmentDown = Discord does not hand out this file at the moment: please send it again later. Nothing was charged.
error-DiscordDown = Discord does not answer. Please try again in a minute.
