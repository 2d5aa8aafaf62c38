# Чего не разрешает Discord, по коду ошибки.
error-TicketOver = Отвечать уже поздно. Пожалуйста, спросите ещё раз.
error-AnsweredAlready = На это уже есть ответ.
error-MayNotWrite = Мне нельзя там писать.
error-NothingSeen = Мне нельзя там читать.
error-MayNotReply = На это сообщение я не могу ответить.
error-AttachmentGone = В Discord больше нет файла { $name }: пожалуйста, отправьте его ещё раз. Ничего не списано.
error-AttachmentDown = Discord сейчас не отдаёт этот файл: пожалуйста, отправьте его позже. Ничего не списано.
error-DiscordDown = Discord не отвечает. Попробуйте ещё раз через минуту.
