# Что делает каждая команда, как это стоит в списках команд самих платформ.
command-start = Что я умею и с чего начать
command-help = Что я умею
command-transcribe = Расшифровать голосовое сообщение или ссылку
command-language = Язык речи
command-model = Модель распознавания
command-speakers = Различать говорящих или нет
command-format = В каком виде приходит текст: сообщением или файлом
command-settings = Все настройки
command-balance = Сколько осталось
command-usage = Сколько потрачено, по месяцам
command-jobs = Ваши последние записи
command-link = Общий баланс с вашей другой платформой
command-unlink = Отделиться от других ваших платформ
command-setup = Что я делаю в этом канале или на сервере
command-spend = Сколько потрачено, по счетам
command-credit = Пополнить чей-то баланс
command-refund = Вернуть списанное или выплатить баланс
command-allowance = Дать кому-то собственный лимит
command-allow = Разрешить кому-то пользоваться сервисом
command-block = Закрыть кому-то доступ
command-unblock = Относиться к кому-то как ко всем
command-role = Сделать кого-то оператором или пользователем
command-pause = Пока не принимать новые записи
command-resume = Снова принимать записи
command-queue = Последние записи всех
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
balance-group = Счёт этой группы:
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
forget-ask = Ваши расшифровки и настройки будут удалены навсегда, на всех связанных платформах, а то, что сейчас расшифровывается, — отменено. Платежи останутся в учёте без вашего имени. Удалить?
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
} — всё это будет удалено сразу после отмены.
link-code = В течение десяти минут отправьте мне /link { $code } на другой платформе: после этого у них будет общий баланс. Никому не давайте этот код: кто его отправит, получит доступ к вашему балансу, увидит ваши траты и сможет читать и удалять ваши записи.
link-ask = Этот счёт и счёт на { $platforms } станут одним. { $micros ->
    [0] У них
   *[other] Ваши { $balance } перейдут на тот счёт и останутся там, если вы отделитесь. У них
} будет общий баланс, и с каждой стороны можно читать и получать записи обеих; /forget на любой стороне относится к обеим. Соглашайтесь, только если код создали вы сами. Объединить?
link-done = Теперь общий счёт у: { $platforms }.
link-in-private = Код отправляют мне в личном чате, а не там, где его прочтут другие. Этот больше не действует: получите новый там командой /link.
unlink-leave = { $leaving } отделится от { $staying }. Баланс останется за { $staying }; здесь всё начнётся заново. Отделить?
unlink-stay = { $leaving } отделится от { $staying }. Баланс останется здесь; там всё начнётся заново. Отделить?
unlink-done = Готово. Теперь отдельный счёт у: { $platforms }.
button-link = Оба мои
button-unlink = Отделить

# Кнопки.
press-unknown = Эта кнопка устарела: спросите ещё раз.
press-old = Сообщение слишком старое, его кнопки уже не работают.
press-forgotten = Эта запись удалена.
press-not-yours = Нажать может только тот, кто спросил.
press-admins-only = Изменить это могут только администраторы группы.
press-admins-pay = За это платит группа: согласиться могут только её администраторы.
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
setting-format = Текст приходит
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
value-format-text = сообщением
value-format-times = сообщением с отметками времени
value-format-txt = файлом TXT
value-format-srt = файлом SRT
value-format-vtt = файлом VTT
value-format-docx = файлом DOCX
value-mode-auto = все
value-mode-ask = по просьбе
value-mode-off = никогда
about-language = Язык речи в записях. Другие — по английскому названию: /language Danish
about-model = Модель распознавания. Другие — по названию: /model название
about-speakers = Показывать ли в тексте, кто говорит. Для этого может понадобиться другая модель, по другой цене.
about-format = В каком виде приходит текст: сообщением, в нём же с временем каждой строки, или файлом.
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
spend-how = Напишите месяц так, и csv, если нужен файл: /spend 2026-11 csv
credit-how = Назовите счёт и сумму в долларах: /credit platform:id 5.00
credit-done = Добавлено { $amount }: на счёте { $account } доступно { $available }.
refund-how = Назовите запись по её номеру из /queue или счёт и сумму в долларах: /refund 3f2a9c1e или /refund platform:id 5.00
refund-nothing = За запись с таким номером ничего не списано, или это уже возвращено.
refund-note = Возвращено { $amount }.
refund-done = Выплачено { $amount }: из того, что внёс { $account }.
allowance-how = Назовите счёт и сумму в долларах на месяц, при желании и на день: /allowance platform:id 10.00 1.00. «default» вместо суммы: как у всех.
allowance-default = У { $account } снова такой же лимит, как у всех.
allowance-done = У { $account } теперь { $amount } в месяц: со следующего начисления.
access-how = Назовите счёт или группу: /{ $command } platform:id
owners-only = Это только для владельцев сервиса, названных в его настройках; и заблокировать их нельзя.
allow-done = { $account } может пользоваться сервисом.
block-done = { $account } больше не может пользоваться сервисом, как и все, у кого общий с ним счёт.
unblock-done = К { $account } снова относятся как ко всем.
role-how = Назовите счёт и «operator» или «user»: /role platform:id operator
role-user = { $account } — пользователь, как все.
role-operator = { $account } теперь оператор.
pause-done = Пауза: новое не принимается. { $notes ->
    [0] В работе ничего нет.
    [one] В работе ещё { $notes } запись, её текст придёт.
    [few] В работе ещё { $notes } записи, их тексты придут.
    [many] В работе ещё { $notes } записей, их тексты придут.
   *[other] В работе ещё { $notes } записи, их тексты придут.
}
resume-done = Записи снова принимаются.
resume-nothing = Записи и так принимались.

platform-api = HTTP API
platform-console = Terminal
