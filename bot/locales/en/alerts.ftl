# What the owners are told without having asked.
alert-key = The speech service rejects our API key. Recordings wait or fail until EARMARK_NANOGPT_API_KEY is right.
alert-key-over = The speech service accepts our API key again.
alert-balance = Only { $left } is left at the speech service. Top it up, or recordings will wait.
alert-balance-over = There is enough money at the speech service again.
alert-breaker = Today's budget is spent. Paid recordings are not accepted until tomorrow.
alert-breaker-over = Paid recordings are accepted again: a new day has begun.
alert-ledger = { $findings ->
    [one] The ledger does not add up: the audit found { $findings } fault. “earmark doctor” and the log say which.
   *[other] The ledger does not add up: the audit found { $findings } faults. “earmark doctor” and the log say which.
}
alert-ledger-over = The ledger adds up again.
alert-unaudited = The ledger has not been audited for { $hours } hours: the audit does not finish. The log says why.
alert-unaudited-over = The ledger has been audited again.
alert-disk = The disk is nearly full: { $megabytes } MB are left. No recordings are accepted when it is full.
alert-disk-over = The disk has room again.
alert-queue = A recording has been queued for { $minutes } minutes. “earmark jobs” shows the state of each.
alert-queue-over = No recording is queued for long any more.
alert-hold = Money has been held for a recording for { $days } days, longer than any recording takes. “earmark jobs” shows which.
alert-hold-over = No money is held for too long any more.
alert-sessions = { $platform } lets the bot connect only { $left } more times today: its connection keeps failing. The log says why.
alert-sessions-over = The bot can connect often enough again.
alert-losses = { $lost } may have been lost today on calls that were never answered or failed. “earmark reconcile” shows what was charged.
alert-losses-over = No call was lost today.
alert-refund = Payments that were spent already were given back: { $lost } lost today. The log names them.
alert-refund-over = No payment was given back today after it was spent.
alert-provider = The speech service has been away for { $minutes } minutes. Recordings wait, and go on by themselves.
alert-provider-over = The speech service is back: the recordings that waited go on.
alert-recording = A recording ended the service three times and was given up (note { $note }). The log says what came before.
alert-recording-over = No recording has ended the service since yesterday.
