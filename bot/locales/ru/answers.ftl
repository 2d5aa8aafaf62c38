# Под записью, пока идёт работа.
placeholder-queued = { $before ->
    [0] В очереди, следующая
    [one] В очереди, впереди { $before } запись
    [few] В очереди, впереди { $before } записи
    [many] В очереди, впереди { $before } записей
   *[other] В очереди, впереди { $before } записи
}
placeholder-taken = В очереди
placeholder-fetching = Скачиваю запись…
placeholder-preparing = Изучаю запись…
placeholder-transcribing = Расшифровываю…
placeholder-transcribing-percent = Расшифровываю… { $percent } %
placeholder-transcribing-left = Расшифровываю… { $percent } %, осталось около { $minutes } мин
placeholder-heard = Пока так (ещё может измениться):
placeholder-delivering = Отправляю текст…
placeholder-asking = Это будет стоить { $price }. Расшифровать?
placeholder-price = не больше { $price }
placeholder-part = { $of ->
    [1] …
   *[other] … ({ $number }/{ $of })
}

# Под текстом.
footer-charged = { $charged }
footer-left = осталось { $available }
footer-counted = учтено { $cost }
footer-one-voice = один голос

# Вместо текста или рядом с ним.
answer-nothing = (Читаемого текста здесь нет.)
answer-in-file = Весь текст в файле.
answer-by-buttons = Это начало. Кнопки ниже дают весь текст файлом.
answer-ready = Ваш текст готов.
answer-cut = Это начало. Чтобы получить всё, пришлите запись в наш личный чат.
answer-cut-short = … остальное не расшифровано: { $reason ->
    [Cancelled] это отменено
    [Discarded] это отменено
    [WaitedTooLong] ожидание длилось неделю
    [DiskFull] диск заполнен
    [ProviderRefused] речевой сервис отказался
    [ProviderDown] речевой сервис не ответил
    [Unanswered] речевой сервис не ответил
   *[other] что-то пошло не так
}
answer-file-name = расшифровка
answer-budget-short = Это стоит больше, чем осталось. Подробнее: /balance.
answer-day-short = Это стоит больше, чем осталось на сегодня. В полночь отсчёт начнётся заново.
answer-not-set-up = Сервис к этому не готов. Это не ваша вина: исправить это может владелец. Ничего не списано.
aside-business = О записи в одном из ваших чатов: { $words }
aside-unasked = О файле, который вы отправили в группе или канале: { $words }
button-cancel = Отмена
button-discard = Не публиковать (уже оплачено: { $price })
button-show = Показать текст
button-agree = Расшифровать за { $price }
button-speakers-on = По ролям
button-speakers-off = Без ролей
button-names = Имена
button-languages = Язык записи
button-remove = Удалить этот текст
button-back = Назад
button-again = Да, за { $price }
button-again-free = Да
button-retry = Попробовать снова
