# What only Discord has: its commands' fields, menus and forms.
platform-discord = Discord

# What only Discord has: its commands' fields, menus and forms.
option-file = Un archivo de audio o vídeo
option-url = Un enlace a un archivo de audio o vídeo
option-language = El idioma que se habla
option-model = El modelo de voz
option-speakers = Distinguir a los hablantes
option-server = Para todo el servidor, no solo para este canal
option-month = El mes, por ejemplo 2026-11
option-account = La cuenta, por ejemplo discord:80351110224678912
option-amount = Dólares, por ejemplo 5.00
option-format = La forma del texto
option-code = El código que te di en tu otra plataforma
option-voice-name = Tu nombre en tus textos
option-form = También un archivo
option-refund = El id de una grabación de /queue, o una cuenta
option-monthly = Dólares al mes, por ejemplo 10.00, o default
option-daily = Dólares al día, por ejemplo 1.00
option-role = operator o user
option-words = Lo que leen los usuarios mientras tanto
slash-how = Dame un archivo o un enlace: https://example.org/recording.mp3. O abre el menú de un mensaje con audio, Apps, Transcribir.
help-discord = Abre el menú de cualquier mensaje con audio (clic derecho o mantenlo pulsado), luego Apps, Transcribir: recibes su texto. En nuestro chat transcribo cada grabación. Bajo el texto hay botones para archivos (TXT, SRT, VTT, DOCX), hablantes y otros idiomas.
settings-channel = Ajustes de este canal
settings-server = Ajustes de este servidor
setup-managers-only = Solo puede cambiarlo quien administra este canal (o el servidor, para todo el servidor).
button-more = Más
jobs-show = Mostrar un texto otra vez
names-taken = El nuevo nombre se usa desde ahora en todos los archivos.
press-slow = Ha tardado demasiado. Púlsalo otra vez, por favor.
