# The menus of Discord's messages, and what is said around messages there.
menu-transcribe = Transcribir
menu-transcribe-privately = Transcribir en privado
menu-nothing = Ese mensaje no tiene audio.
menu-left-out = { $taken ->
    [one] Discord solo me deja responder a { $taken } grabación aquí.
   *[other] Discord solo me deja responder a { $taken } grabaciones aquí; estas son las primeras.
} Envíame las demás en nuestro chat.
direct-help = Envíame o reenvíame un mensaje de voz, o un archivo de audio o vídeo de hasta { $megabytes } MB, y recibes su texto. Más en /help.
direct-help-nitro = Envíame o reenvíame un mensaje de voz, o un archivo de audio o vídeo de hasta { $megabytes } MB (con Nitro, más), y recibes su texto. Más en /help.
mention-how = Mencióname al responder a un mensaje con audio, o abre su menú, Apps, Transcribir.
mention-unseen = Discord no me muestra el mensaje al que respondiste. Abre su menú (clic derecho o mantenlo pulsado), luego Apps, Transcribir.
mention-off = Estoy desactivado en este canal. Sus gestores pueden cambiarlo con /setup.
server-hello = Transcribo mensajes de voz: en el menú de un mensaje, Apps, Transcribir, o mencióname al responder. Con /setup los transcribo todos.
