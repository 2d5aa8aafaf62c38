# Lo que se dice en torno a las grabaciones, y donde se suma un bot.
help-send = Envíame o reenvíame un mensaje de voz, un videomensaje o un archivo de audio o vídeo de hasta { $megabytes } MB, y escribo lo que se dice en él. En /help está lo demás.
not-sound = Ahí no hay nada que oír. Envíame un mensaje de voz o un archivo de audio o vídeo.
transcribe-how = Responde a un mensaje con sonido con /transcribe, o dame un enlace: /transcribe https://example.org/recording.mp3
transcribe-off = En este chat estoy apagado. Quien lo administra puede cambiarlo con /settings.
transcribe-running = Ya estoy en ello: el texto aparecerá bajo ese mensaje.
guest-how = Mencióname al responder a un mensaje con sonido, y escribo lo que se dice en él.
given-up = Algo salió mal con tu mensaje; queda anotado en el registro.

setup-hello = Escribo lo que se dice en los mensajes de voz.
setup-mode-auto = Cada mensaje de voz y cada videomensaje de aquí recibe su texto debajo. Para cualquier otra grabación, respóndele con /transcribe.
setup-mode-ask = Responde a un mensaje de voz con /transcribe, o mencionándome, y su texto aparece debajo.
setup-mode-off = En este chat estoy apagado.
setup-admins = Los administradores de este grupo pueden cambiarlo con /settings.
setup-channel = Ya estoy en el canal { $title }.
