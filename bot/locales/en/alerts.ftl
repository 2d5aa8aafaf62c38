# What the owners are told without having asked.
alert-key = The speech service refuses this house's key: notes wait or fail until EARMARK_NANOGPT_API_KEY is right.
alert-key-over = The speech service takes this house's key again.
alert-balance = Only { $left } is left at the speech service. When it is gone, notes wait until it is topped up.
alert-balance-over = There is enough money at the speech service again.
alert-breaker = The house has spent what it may spend in one day: no more paid notes are taken today.
alert-breaker-over = Paid notes are taken again: the day's limit was reached, and is over.
alert-ledger = { $findings ->
    [one] The ledger does not add up: the audit found { $findings } fault. “earmark doctor” and the log say which.
   *[other] The ledger does not add up: the audit found { $findings } faults. “earmark doctor” and the log say which.
}
alert-ledger-over = The ledger adds up again.
alert-unaudited = The ledger has not been audited for { $hours } hours: the audit does not come to its end. The log says why.
alert-unaudited-over = The ledger has been audited again.
alert-disk = The disk is nearly full: { $megabytes } MB are left. When it is full, no notes are taken.
alert-disk-over = The disk has room again.
alert-queue = A note has waited for its turn for { $minutes } minutes. “earmark jobs” shows how far each is.
alert-queue-over = No note waits for long any more.
alert-hold = Money has been held for a note for { $days } days, longer than any note lives. “earmark jobs” shows which.
alert-hold-over = No money is held for too long any more.
