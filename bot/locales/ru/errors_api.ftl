# Что не так с запросом к HTTP API. Само API отвечает по-английски.
error-BadRequest = Этот запрос непонятен: { $reason }.
error-KeyUnknown = Нужен ключ API (x-api-key или Authorization: Bearer): его нет, он неверен или отозван.
error-NowhereHere = По этому адресу ничего нет, или нужен другой метод ({ $reason }).
error-RunUnknown = Вашей задачи с таким runId нет.
error-LinkEnded = Такого файла нет, или срок ссылки истёк.
error-UploadTooLarge = Файл больше { NUMBER($limit_mb, useGrouping: 0) } МБ. Большую запись передайте ссылкой ({ $field }).
error-UploadTooSlow = Загрузка шла слишком медленно и была прервана.
error-TooOften = Больше { $limit } запросов в секунду: пожалуйста, медленнее.
error-TooMany = Ваших записей в работе: { $limit }. Подождите, пока одна из них будет готова.
error-IdempotencyKeyReused = Этот Idempotency-Key уже использован с другой записью или настройками. Отправьте запрос с новым ключом.
error-NotInTime = Текст ещё не готов. Он оплачивается один раз: спросите /api/transcribe/status о { $run }, не отправляя запись снова.
error-RunWaits = Запись ждёт. Она оплачивается один раз: спросите /api/transcribe/status о { $run } или повторите тот же Idempotency-Key.
