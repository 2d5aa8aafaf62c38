# The menus of Discord's messages, and what is said around messages there.
menu-transcribe = Transcribir
menu-transcribe-privately = Transcribir en privado
menu-nothing = En ese mensaje no hay nada que oír.
menu-left-out = { $taken ->
    [one] Discord me deja responder aquí con una grabación.
   *[other] Discord me deja responder aquí con { $taken } grabaciones, así que estas son las primeras.
} Envíame las demás en nuestro propio chat.
direct-help = Envíame o reenvíame un mensaje de voz, o un archivo de audio o vídeo de hasta { $megabytes } MB, y escribo lo que se dice en él. /help cuenta lo demás.
mention-how = Mencióname en tu respuesta a un mensaje con sonido, o abre el menú de ese mensaje, Apps, Transcribir.
mention-unseen = Discord no me muestra el mensaje al que respondiste. Abre su menú (clic derecho, o mantenlo pulsado), luego Apps, Transcribir.
mention-off = Estoy desactivado en este canal. Quienes lo gestionan pueden cambiarlo con /setup.
server-hello = Escribo lo que se dice en los mensajes de voz: abre el menú de un mensaje (clic derecho, o mantenlo pulsado), luego Apps, Transcribir; o mencióname en una respuesta. Quienes gestionan este servidor pueden hacer con /setup que transcriba cada grabación de un canal.
