# Lo que se dice en torno a las grabaciones, y donde se suma un bot.
help-send = Envíame un mensaje de voz, un videomensaje o un archivo de audio o vídeo de hasta { $megabytes } MB, y recibes su texto. Más en /help.
not-sound = Eso no tiene audio. Envíame un mensaje de voz o un archivo de audio o vídeo.
transcribe-how = Responde a un mensaje con audio con /transcribe, o dame un enlace: /transcribe https://example.org/recording.mp3
transcribe-off = Estoy desactivado en este chat. Sus administradores pueden cambiarlo con /settings.
transcribe-as-channel = No sé quién pregunta en nombre de un canal. Pide con tu propio nombre y lo transcribo.
transcribe-running = Ya estoy en ello: el texto aparecerá bajo ese mensaje.
transcribe-there = El texto de esta grabación ya está en este chat.
guest-how = Mencióname al responder a un mensaje con audio, y recibes su texto.
given-up = Algo salió mal de nuestro lado, no del tuyo. Envíalo de nuevo dentro de un rato, por favor.
setup-hello = Transcribo mensajes de voz.
setup-mode-auto = Cada mensaje de voz y videomensaje de aquí recibe su texto. A cualquier otra grabación, responde con /transcribe.
setup-mode-ask = Responde a un mensaje de voz con /transcribe, o mencióname al responder, y recibes su texto.
setup-mode-off = Estoy desactivado en este chat.
setup-admins = Los administradores de este grupo pueden cambiarlo con /settings.
setup-channel = Ya estoy en el canal { $title }.
setup-privacy-off = O desactívalo (/setprivacy en @BotFather), quítame y vuelve a añadirme.
