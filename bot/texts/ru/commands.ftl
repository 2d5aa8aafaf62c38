# Что делает каждая команда, как это стоит в списках команд самих платформ.
command-start = Что я умею и с чего начать
command-help = Что я умею
command-transcribe = Расшифровать голосовое сообщение или ссылку
command-language = Язык речи
command-model = Модель распознавания
command-speakers = Различать говорящих или нет
command-settings = Все настройки
command-balance = Сколько осталось
command-usage = Сколько потрачено, по месяцам
command-jobs = Ваши последние записи
command-setup = Что я делаю в этом канале или на сервере
command-spend = Сколько потрачено, по счетам
command-credit = Пополнить чей-то баланс
command-cancel = Отменить расшифровку
command-export = Всё, что о вас хранится, одним файлом
command-forget = Удалить всё, что о вас хранится
command-topup = Пополнить баланс
command-paysupport = Помощь с платежом

# Что они отвечают.
start =
    Здравствуйте, я { $name }. Пришлите или перешлите мне голосовое сообщение, видео или аудиофайл — и получите текст.

    В группе ответьте на голосовое командой /transcribe. /help покажет всё, что я умею, /settings — как я это делаю.
help =
    Пришлите или перешлите мне голосовое сообщение, кружок, видео или аудиофайл, и я запишу, что там сказано. Под текстом есть кнопки: файлы (TXT, SRT, VTT, DOCX), говорящие и другие языки.

    В группах я отвечаю, когда на запись отвечают командой /transcribe; администраторы группы могут включить ответ на каждое голосовое (/settings).
only-in-private = Это только между нами: спросите меня в личном чате, @{ $bot }.
balance-open = Платить здесь не нужно; расход просто учитывается.
balance-allowance = На этот месяц осталось { $available }.
balance-prepaid = Осталось { $available }.
balance-held = { $held } отложено на то, что сейчас расшифровывается.
balance-spent = Потрачено: { $month } за этот месяц, { $ever } всего.
balance-recent = Ваши последние записи:
state-accepted = ждёт
state-working = в работе
state-done = готово
state-failed = не вышло
state-cancelled = отменено
usage-month = { $month }: { $notes ->
    [one] { $notes } запись
    [few] { $notes } записи
    [many] { $notes } записей
   *[other] { $notes } записи
}, { $length }, { $charged }
usage-none = Пока ничего.
cancelling = { $notes ->
    [0] Отменять нечего.
    [one] Отменяю { $notes } запись.
    [few] Отменяю { $notes } записи.
    [many] Отменяю { $notes } записей.
   *[other] Отменяю { $notes } записи.
}
export-done = { $notes ->
    [one] Всё, что о вас хранится, в том числе { $notes } запись.
    [few] Всё, что о вас хранится, в том числе { $notes } записи.
    [many] Всё, что о вас хранится, в том числе { $notes } записей.
   *[other] Всё, что о вас хранится, в том числе { $notes } записи.
}
export-too-large = О вас хранится больше, чем помещается здесь в файл: обратитесь к владельцу бота.
forget-ask = Ваши расшифровки и настройки будут удалены навсегда, а то, что сейчас расшифровывается, — отменено. Платежи останутся в учёте. Удалить?
button-forget = Удалить всё
forget-done = { $notes ->
    [0] Удалять было нечего.
    [one] Удалено, в том числе { $notes } запись.
    [few] Удалено, в том числе { $notes } записи.
    [many] Удалено, в том числе { $notes } записей.
   *[other] Удалено, в том числе { $notes } записи.
}
forget-left = Удалено; ещё { $left ->
    [one] отменяется { $left } запись
    [few] отменяются { $left } записи
    [many] отменяются { $left } записей
   *[other] отменяются { $left } записи
}: отправьте /forget снова через минуту.

# Кнопки.
press-unknown = Эта кнопка устарела: спросите ещё раз.
press-old = Сообщение слишком старое, его кнопки уже не работают.
press-forgotten = Эта запись удалена.
press-not-yours = Нажать может только тот, кто спросил.
press-admins-only = Изменить это могут только администраторы группы.
press-no-text = Текста этой записи нет.
press-cancelling = Отменяю…
press-too-late = Поздно: всё уже закончилось.
press-agreed = Хорошо, продолжаю.
press-not-here = Не в этом чате: пришлите запись в наш личный.
press-choose-language = На каком языке говорят?
press-choose-speaker = Кому дать имя?
press-running = Расшифровываю заново.
press-start-me = Сначала напишите мне, @{ $bot }: тогда ответу будет куда прийти.
press-ran = Об этом уже просили: поищите ответ.
name-ask = Как зовут: { $speaker }? Ответьте на это сообщение именем.

# Настройки.
settings-own = Ваши настройки
settings-chat = Настройки этого чата
setting-language = Язык речи
setting-model = Модель
setting-speakers = Говорящие
setting-ask-above = Спрашивать о цене
setting-mode = Голосовые здесь
setting-mode-business = Голосовые в ваших чатах
setting-tongue = Мой язык
source-chat = выбрано для этого чата
source-server = выбрано для этого сервера
source-user = ваш выбор
source-default = по умолчанию
value-auto = авто
value-never = никогда
value-above = дороже { $price }
value-like-app = как в вашем приложении
value-speakers-on = различать
value-speakers-off = не различать
value-mode-auto = все
value-mode-ask = по просьбе
value-mode-off = никогда
about-language = Язык речи в записях. Другие — по английскому названию: /language Danish
about-model = Модель распознавания. Другие — по названию: /model название
about-speakers = Показывать ли в тексте, кто говорит. Для этого может понадобиться другая модель, по другой цене.
about-ask-above = Если запись стоит дороже, я сначала спрошу.
about-mode = Что делать с голосовыми в этом чате.
about-tongue = Язык, на котором я с вами говорю.
button-reset = Сбросить

# Платежи.
topup-ask = На сколько пополнить баланс?
topup-off = Пополнить баланс здесь нельзя.
topup-refused = Этот счёт уже нельзя оплатить: отправьте /topup ещё раз.
topup-done = Спасибо: зачислено { $value }. Теперь у вас { $available }.
button-topup = ⭐ { $stars } → { $value }
invoice-title = Речь в текст
invoice-text = Пополнение баланса на { $value } за { $stars ->
    [one] { $stars } звезду
    [few] { $stars } звезды
    [many] { $stars } звёзд
   *[other] { $stars } звезды
}.
paysupport = По вопросам оплаты пишите: { $support }.
paysupport-nobody = По вопросам оплаты пишите владельцу этого бота.
press-aside = Спрошу вас в нашем личном чате.
run-costs = Ещё одна расшифровка будет стоить { $price }. Начинать?

# Those who run the service.
operators-only = Это для тех, кто держит этот сервис, в их личном чате со мной.
spend-whole = { $month }: начислено { $charged }, уплачено провайдерам { $cost }, потеряно { $lost }
spend-line = { $account }: { $notes ->
    [one] { $notes } запись
    [few] { $notes } записи
    [many] { $notes } записей
   *[other] { $notes } записи
}, { $charged }
spend-how = Напишите месяц так: /spend 2026-11
credit-how = Назовите счёт и сумму в долларах: /credit telegram:110201543 5.00
credit-done = Добавлено { $amount }: на счёте { $account } доступно { $available }.
