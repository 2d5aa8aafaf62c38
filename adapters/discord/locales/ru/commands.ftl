# What only Discord has: its commands' fields, menus and forms.
platform-discord = Discord

# What only Discord has: its commands' fields, menus and forms.
option-file = Аудио- или видеофайл
option-url = Ссылка на аудио- или видеофайл
option-language = Язык речи
option-model = Речевая модель
option-speakers = Различать говорящих
option-server = Для всего сервера, а не только для этого канала
option-month = Месяц, например 2026-11
option-account = Счёт, например discord:80351110224678912
option-amount = Доллары, например 5.00
option-format = Вид текста
option-code = Код, который я дал вам на другой платформе
option-voice-name = Ваше имя в ваших текстах
option-form = Ещё и файл
option-refund = Номер записи из /queue или счёт
option-monthly = Доллары в месяц, например 10.00, или default
option-daily = Доллары в день, например 1.00
option-role = operator или user
option-words = Что пока читают пользователи
slash-how = Дайте мне файл или ссылку: https://example.org/recording.mp3. Или откройте меню сообщения со звуком, «Приложения», «Расшифровать».
help-discord = Откройте меню любого сообщения со звуком (правый щелчок или долгое нажатие), затем «Приложения», «Расшифровать»: вы получите текст. В нашем личном чате я расшифровываю каждую запись. Под текстом есть кнопки для файлов (TXT, SRT, VTT, DOCX), говорящих и других языков.
settings-channel = Настройки этого канала
settings-server = Настройки этого сервера
setup-managers-only = Это может менять только тот, кто управляет этим каналом (для всего сервера — сервером).
button-more = Ещё
jobs-show = Показать текст ещё раз
names-taken = Новое имя теперь стоит во всех файлах.
press-slow = Это заняло слишком много времени. Нажмите ещё раз.
