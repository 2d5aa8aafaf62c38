# What each command does, as it stands in the platforms' own lists of commands.
command-start = What I do, and how to begin
command-help = What I can do
command-transcribe = Transcribe a voice message or a link
command-language = The language that is spoken
command-model = The speech model
command-speakers = Tell speakers apart, or not
command-settings = All settings
command-balance = What is left to spend
command-usage = What was spent, month by month
command-cancel = Cancel what is being transcribed
command-export = All that is stored about you, as a file
command-forget = Delete all that is stored about you
command-topup = Add to your balance
command-paysupport = Help with a payment
