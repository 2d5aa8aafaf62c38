# Что делает каждая команда, как это стоит в списках команд самих платформ.
command-start = Что я умею и с чего начать
command-help = Что я умею
command-transcribe = Расшифровать голосовое сообщение или ссылку
command-language = Язык речи
command-model = Модель распознавания
command-speakers = Различать говорящих или нет
command-format = Вид текста: сообщение или файл
command-settings = Все настройки
command-balance = Сколько осталось
command-usage = Сколько потрачено, по месяцам
command-jobs = Ваши последние записи
command-link = Общий баланс с вашей другой платформой
command-unlink = Отделить другие ваши платформы
command-voice = Называть ваш голос по имени в ваших текстах
command-setup = Что я делаю в этом канале или на сервере
command-spend = Сколько потрачено, по счетам
command-credit = Пополнить баланс счёта
command-refund = Вернуть списанное или выплатить баланс
command-allowance = Дать счёту собственный лимит
command-allow = Впустить пользователя
command-block = Закрыть доступ пользователю
command-unblock = Относиться к пользователю как ко всем
command-role = Сделать пользователя оператором или наоборот
command-pause = Пока не принимать новые записи
command-resume = Снова принимать записи
command-queue = Последние записи всех пользователей
command-cancel = Отменить расшифровку
command-export = Все ваши данные одним файлом
command-forget = Удалить все ваши данные
command-privacy = Что о вас хранится
command-topup = Пополнить баланс
command-paysupport = Помощь с платежом

# Что они отвечают.
start =
    Здравствуйте, я { $name }. Пришлите или перешлите мне голосовое сообщение, видео или аудиофайл — и получите текст.

    В группе ответьте на голосовое командой /transcribe. /help покажет всё, что я умею, /settings — как я это делаю.
help =
    Пришлите или перешлите мне голосовое сообщение, кружок, видео или аудиофайл — и получите текст. Под текстом есть кнопки: файлы (TXT, SRT, VTT, DOCX), говорящие и другие языки.

    В группах отвечайте на запись командой /transcribe. Администраторы могут включить расшифровку каждого голосового (/settings).
only-in-private = Это личное. Спросите меня в нашем чате: @{ $bot }.
unknown-command = Я не знаю { $command }. /help покажет всё, что я умею.
balance-open = Платить здесь не нужно. Расход учитывается.
balance-allowance = На этот месяц осталось { $available }.
balance-prepaid = Осталось { $available }.
balance-held = { $held } отложено на записи в работе.
balance-spent = Потрачено: { $month } за этот месяц, { $ever } всего.
balance-recent = Ваши последние записи:
balance-more = … и ещё { $left }.
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
cancelling-owed = Уже оплачено, и без текста: { $price }. /jobs покажет его только вам.
export-done = { $notes ->
    [one] Все ваши данные, в том числе { $notes } запись.
    [few] Все ваши данные, в том числе { $notes } записи.
    [many] Все ваши данные, в том числе { $notes } записей.
   *[other] Все ваши данные, в том числе { $notes } записи.
}
export-too-large = Ваши данные не помещаются в файл на { $megabytes } МБ, больше я здесь отправить не могу. Попросите их у оператора.
forget-ask = Это удалит ваши расшифровки и настройки на всех связанных платформах и отменит текущие. Платежи останутся без вашего имени. Удалить всё?
button-forget = Удалить всё
forget-done = { $notes ->
    [0] Удалять было нечего.
    [one] Удалено, в том числе { $notes } запись.
    [few] Удалено, в том числе { $notes } записи.
    [many] Удалено, в том числе { $notes } записей.
   *[other] Удалено, в том числе { $notes } записи.
}
forget-left = Удалено. Ещё { $left ->
    [one] отменяется { $left } запись
    [few] отменяются { $left } записи
    [many] отменяются { $left } записей
   *[other] отменяются { $left } записи
}: это будет удалено после отмены.
privacy-kept = О вас хранятся: ваш идентификатор, настройки, тексты и их стоимость. Записи удаляются, как только готов их текст.
privacy-texts = { $days ->
    [0] Тексты хранятся, пока вы их не удалите.
    [one] Тексты удаляются через { $days } день.
    [few] Тексты удаляются через { $days } дня.
   *[other] Тексты удаляются через { $days } дней.
}
privacy-accounts = { $days ->
    [0] Ваш счёт хранится, пока вы его не удалите.
    [one] Пустой счёт без использования теряет ваше имя через { $days } день.
    [few] Пустой счёт без использования теряет ваше имя через { $days } дня.
   *[other] Пустой счёт без использования теряет ваше имя через { $days } дней.
}
privacy-providers = { $providers ->
    [none] Этот сервис распознаёт записи сам и никому их не передаёт.
   *[other] Записи могут отправляться для распознавания в { $providers }.
}
privacy-voices = После /voice хранятся числа, описывающие ваш голос, пока вы их не удалите.
privacy-erase = /export пришлёт вам всё, /forget сразу всё удалит. Платежи остаются в учёте без вашего имени.
link-code = За десять минут отправьте мне /link { $code } на другой платформе. Никому не давайте код: он открывает ваш баланс и записи.
link-ask = Объединить этот счёт со счётом на { $platforms }? { $micros ->
    [0] Общими станут
   *[other] Ваши { $balance } перейдут туда навсегда. Общими станут
} баланс, записи и /forget. Только если код создали вы.
link-done = Теперь общий счёт: { $platforms }.
link-in-private = Не отправляйте код там, где его прочтут другие. Этот больше не действует: получите новый командой /link в нашем чате.
unlink-leave = Отделить { $leaving } от { $staying }? Баланс останется за { $staying }; здесь всё начнётся заново.
unlink-stay = Отделить { $leaving } от { $staying }? Баланс останется здесь; там всё начнётся заново.
unlink-done = Готово. Теперь отдельный счёт: { $platforms }.
button-link = Оба мои
button-unlink = Отделить

voice-about = В разговорах, которые вы присылаете, вместо «Speaker 1» может стоять ваше имя. Отправьте /voice и имя, например: /voice Ada
voice-ask = Чтобы называть вас { $name } в ваших записях, голос хранится в виде чисел, а не звука. Только ваш собственный. /voice удалит его.
button-voice-agree = Согласен
voice-record = Теперь запишите здесь голосовое сообщение: 15 секунд, только ваш голос. Само сообщение не хранится.
voice-kept = Ваш голос известен. В разговорах, присланных с разделением говорящих (/speakers on), вы { $name }.
voice-outdated = Ваш голос изучен другой моделью, имя { $name } больше не ставится. Отправьте /voice { $name }, чтобы записать его снова.
button-voice-delete = Удалить мой голос
voice-deleted = Ваш голос удалён. В готовых текстах имя остаётся.

# Кнопки.
press-unknown = Эта кнопка устарела. Спросите ещё раз.
press-old = Сообщение слишком старое, его кнопки уже не работают.
press-forgotten = Эта запись удалена.
press-not-yours = Нажать может только тот, кто спросил.
press-admins-only = Изменить это могут только администраторы группы.
press-no-text = Текста этой записи нет.
file-too-large = Здесь я могу отправлять файлы до { $megabytes } МБ; этот больше.
press-cancelling = Отменяю…
press-owed = Запись уже у речевого сервиса: { $price } спишется и без текста. Нажмите ещё раз, чтобы не публиковать текст.
press-discarding = Хорошо. Текст не публикуется; его видите только вы, через /jobs.
press-too-late = Поздно: всё уже закончилось.
press-agreed = Хорошо, расшифровываю.
press-not-here = Не в этом чате. Пришлите запись в наш личный.
press-one-voice = В этой записи только один голос.
press-file-sent = Файл отправлен в наш личный чат.
press-choose-language = На каком языке говорят в записи? Я не перевожу.
press-choose-speaker = Какому говорящему дать имя?
press-running = Расшифровываю заново.
press-start-me = Сначала напишите мне, @{ $bot }, чтобы я мог вам ответить.
press-ran = Вы об этом уже просили. Ответ выше.
press-removed = Здесь удалено. Прочитать ещё можно через /jobs.
press-perhaps = Возможно, получилось: подтверждение потерялось. Сначала посмотрите и нажмите ещё раз, если ничего нет.
press-later = { $name } сейчас это не принимает. Нажмите ещё раз через минуту.
press-refused = { $name } не даёт отправить это здесь. Попробуйте в нашем личном чате.
name-ask = Как зовут: { $speaker }? Ответьте на это сообщение именем.

# Настройки.
settings-own = Ваши настройки
settings-chat = Настройки этого чата
setting-language = Язык речи
setting-model = Модель
setting-speakers = Говорящие
setting-format = Текст
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
value-like-app = как в приложении
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
about-language = Язык записей. Любой другой — по названию: /language датский
about-model = Модель распознавания. Любая другая — по названию: /model название
about-speakers = Показывать в тексте, кто говорит. Для этого может понадобиться другая модель, по другой цене.
about-format = Вид текста: сообщение, сообщение с временем каждой строки или файл.
about-ask-above = Спрашивать, прежде чем запись будет стоить больше.
about-mode = Какие голосовые расшифровываются в этом чате.
about-tongue = Язык моих сообщений вам.
button-reset = Сбросить

# Платежи.
topup-ask = На сколько пополнить баланс?
topup-off = Платежи здесь недоступны.
topup-refused = Этот счёт уже не действует. Отправьте /topup ещё раз.
topup-done = Спасибо. Зачислено { $value }. Теперь у вас { $available }.
topup-refunded = Звёзды вам вернули, поэтому списано { $value }. Теперь у вас { $available }.
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
run-costs = Расшифровать ещё раз будет стоить { $price }. Продолжить?

# Those who run the service.
operators-only = Это могут только операторы, в личном чате со мной.
operators-away = Меня не было, когда вы отправили { $command }. Если это не сделано, отправьте ещё раз.
spend-whole = { $month }: начислено { $charged }, уплачено провайдерам { $cost }, потеряно { $lost }
spend-line = { $account }: { $notes ->
    [one] { $notes } запись
    [few] { $notes } записи
    [many] { $notes } записей
   *[other] { $notes } записи
}, { $charged }
spend-how = Отправьте месяц, и csv, если нужен файл: /spend 2026-11 csv
credit-how = Отправьте счёт и сумму в долларах: /credit platform:id 5.00
credit-done = Добавлено { $amount }: на счёте { $account } доступно { $available }.
refund-how = Отправьте номер записи из /queue или счёт и сумму: /refund 3f2a9c1e или /refund platform:id 5.00
refund-nothing = За запись с таким номером ничего не списано, или это уже возвращено.
refund-note = Возвращено { $amount }.
refund-done = Выплачено { $amount } из того, что внёс { $account }.
allowance-how = Отправьте счёт и доллары в месяц (и в день) или «default»: /allowance platform:id 10.00 1.00
allowance-default = У { $account } снова обычный лимит.
allowance-done = У { $account } { $amount } в месяц, со следующего начисления.
access-how = Отправьте счёт или группу: /{ $command } platform:id
owners-only = Это могут только владельцы, названные в настройках; и заблокировать их нельзя.
allow-done = { $account } может пользоваться сервисом.
block-done = { $account } и все, у кого общий с ним счёт, больше не могут пользоваться сервисом.
unblock-done = К { $account } снова относятся как ко всем.
role-how = Отправьте счёт и «operator» или «user»: /role platform:id operator
role-user = { $account } — пользователь.
role-operator = { $account } — оператор.
pause-done = Пауза: новые записи не принимаются. { $notes ->
    [0] В работе ничего нет.
    [one] В работе { $notes } запись, её текст придёт.
    [few] В работе { $notes } записи, их тексты придут.
    [many] В работе { $notes } записей, их тексты придут.
   *[other] В работе { $notes } записи, их тексты придут.
}
resume-done = Записи снова принимаются.
resume-nothing = Записи и так принимались.
platform-api = HTTP API
platform-console = Terminal

# Strangers of a service that is closed to them.
closed = Этот бот — для тех, кого впустил его владелец. Доступ можно попросить.
closed-no-owner = Этот бот — для тех, кого впустили. Его оператор может впустить вас командой: earmark allow { $account }
button-ask-in = Попросить доступ
let-in = Доступ открыт. Пришлите мне голосовое сообщение.
request-sent = Я спросил. Решение придёт сюда.
request-waiting = Вы уже попросили. Решение придёт сюда.
request-declined = Ваш запрос отклонён.
request-too-many = Сейчас слишком много запросов. Попробуйте завтра.
request = { $name } просит доступ.
request-gone = Этого запроса больше нет.
request-approved-by = { $name }: доступ открыт, решение принял { $by }.
request-declined-by = { $name }: отказано, решение принял { $by }.
button-let-in = Впустить
button-turn-down = Отклонить
claim-done = Теперь вы владелец { $name }. Пришлите голосовое сообщение или /help.
