# What only Discord has: its commands' fields, menus and forms.
platform-discord = Discord

# What only Discord has: its commands' fields, menus and forms.
option-file = An audio or video file
option-url = A link to an audio or video file
option-language = The spoken language
option-model = The speech model
option-speakers = Tell speakers apart
option-server = For the whole server, not only this channel
option-month = The month, such as 2026-11
option-account = The account, such as discord:80351110224678912
option-amount = Dollars, such as 5.00
option-format = The form of the text
option-code = The code I gave you on your other platform
option-voice-name = Your name in your texts
option-form = Also a file
option-refund = A recording's id from /queue, or an account
option-monthly = Dollars a month, such as 10.00, or default
option-daily = Dollars a day, such as 1.00
option-role = operator or user
option-words = What users are told meanwhile
slash-how = Give me a file or a link: https://example.org/recording.mp3. Or open the menu of a message with audio, Apps, Transcribe.
help-discord = Open the menu of any message with audio (right-click or hold it), then Apps, Transcribe: you get its text. In our own chat I transcribe every recording. Under the text are buttons for files (TXT, SRT, VTT, DOCX), speakers and other languages.
settings-channel = Settings of this channel
settings-server = Settings of this server
setup-managers-only = Only managers of this channel (or of the server, for the whole server) may change that.
button-more = More
jobs-show = Show a text again
names-taken = The new name is used in all files from now on.
press-slow = That took too long. Please press again.
