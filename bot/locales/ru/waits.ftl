# Почему запись ждёт.
wait-provider-unfunded = Оператору нужно пополнить счёт речевого сервиса.
wait-provider-day-limit = Речевой сервис сегодня больше не принимает записи.
wait-provider-busy = Речевой сервис сейчас перегружен.
wait-provider-away = Речевой сервис сейчас не отвечает.
wait-provider-missing = Речевой сервис { $name } здесь сейчас не настроен.
wait-no-link = Записи нужна ссылка, которую сейчас нельзя создать.
wait-same-recording = Эта же запись сейчас расшифровывается.
wait-day-budget = Дневной бюджет сервиса исчерпан; завтра он продолжит работу.
wait-undelivered = Ответ не удалось доставить.
wait-platform-down = { $name } не отвечает.
wait-platform-pause = { $name } просит паузу.
wait-platform-login = { $name } сейчас не пускает этого бота.
wait-file-down = { $name } сейчас не отдаёт этот файл.
wait-other = Записи приходится подождать.
waiting-goes-on = Ваша запись сохранена и продолжится сама.
