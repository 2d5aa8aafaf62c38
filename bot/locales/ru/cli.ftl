# Что командная строка показывает пользователям: ход работы, ошибки, баланс.
cli-error = earmark: { $error }
cli-stopping = earmark: останавливается, это займёт немного времени. Ещё раз Ctrl-C — сразу.
cli-stopped = earmark: остановлено; незаконченное отменено. Стоит только то, что уже было у сервиса.
cli-stage-queued = в очереди
cli-stage-waiting = ждёт
cli-stage-asking = спрашивает
cli-stage-fetching = скачивается
cli-stage-preparing = готовится
cli-stage-transcribing = расшифровывается
cli-stage-delivering = доставляется
cli-stage-done = готово
cli-stage-failed = не вышло
cli-stage-cancelled = отменено
cli-done = { $file }: { NUMBER($seconds, minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: 0) } с, { $language }, { $model }, цена { $cost }
cli-language-unknown = язык неизвестен
cli-balance = { $account }: баланс { $balance }, отложено { $held }, потрачено { $spent } на { $notes ->
    [one] { $notes } запись
    [few] { $notes } записи
   *[other] { NUMBER($notes, useGrouping: 0) } записей
} ({ $plan ->
    [open] только учёт
    [allowance] лимит
    [prepaid] предоплата
   *[other] { $plan }
}).
