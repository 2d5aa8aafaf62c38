# Чего не разрешает Telegram, по коду ошибки.
error-Stays = Это сообщение уже нельзя удалить.
error-IsFile = Это сообщение — файл, его текст изменить нельзя.
error-NotModified = Это сообщение уже обновлено.
error-ThreadGone = Эта тема удалена.
error-NoVoice = Мне нельзя писать в этом чате.
error-Moved = Эта группа стала другой.
error-QueryOver = Отвечать уже поздно. Пожалуйста, спросите ещё раз.
error-TooLargeForTelegram = { $size_mb ->
    [0] Telegram даёт ботам файлы не больше 20 МБ, а этот больше.
   *[other] Telegram даёт ботам файлы не больше 20 МБ, а в этом { NUMBER($size_mb, useGrouping: 0, maximumFractionDigits: 0) } МБ.
} Снять ограничение может владелец бота (сервер Bot API). Ничего не списано.
error-FileGone = В Telegram больше нет файла { $name }: пожалуйста, отправьте его ещё раз. Ничего не списано.
error-FileDown = Telegram сейчас не отдаёт этот файл: пожалуйста, отправьте его позже. Ничего не списано.
error-TelegramDown = Telegram не отвечает. Попробуйте ещё раз через минуту.
error-PayerForgotten = Плательщик удалил все свои данные, поэтому счёта для возврата нет.
error-RefundRefused = Telegram отклоняет этот возврат ({ $reason }); с баланса ничего не списано.
