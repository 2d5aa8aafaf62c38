# Reasons why a note waits.
wait-provider-unfunded = The operator has to top up the speech service's account.
wait-provider-day-limit = The speech service takes no more recordings today.
wait-provider-busy = The speech service is too busy at the moment.
wait-provider-away = The speech service does not answer at the moment.
wait-provider-missing = The speech service { $name } is not set up here at the moment.
wait-no-link = The recording needs a link that cannot be made at the moment.
wait-same-recording = It goes on in a moment.
wait-day-budget = Today's budget of this service is used up; it goes on tomorrow.
wait-day-share = Your share of this service's budget for today is used up; it goes on tomorrow.
wait-user-losses = Too many of your recordings ended unpaid today; it goes on tomorrow.
wait-undelivered = The answer could not be delivered.
wait-platform-down = { $name } does not answer.
wait-platform-pause = { $name } asks for a pause.
wait-platform-login = { $name } does not let this bot in at the moment.
wait-file-down = { $name } does not hand out this file at the moment.
wait-other = The recording has to wait.
waiting-goes-on = Your recording is kept and goes on by itself.
