# Lo que solo tiene Telegram: grupos en modo de privacidad, cuentas de empresa.
platform-telegram = Telegram
setup-privacy = El modo de privacidad me oculta los mensajes de voz. Responde con /transcribe, o hazme administrador para que los transcriba todos.
press-file-start = Los archivos llegan a nuestro chat. Inícialo primero: t.me/{ $bot }, y vuelve a pulsar.
business-ready = Me has conectado. Los mensajes de voz y videomensajes de tus chats reciben su texto. Lo paga tu cuenta.
business-no-reply = Me has conectado, pero no puedo responder. Permítelo en los ajustes de Telegram: Telegram Business, Chatbots.
bot-description =
    Convierto mensajes de voz en texto. Envíame o reenvíame un mensaje de voz, un vídeo redondo, un vídeo o un archivo de audio.

    En grupos, responde a una grabación con /transcribe.
bot-short-description = Mensajes de voz a texto. Envíame uno o añádeme a un grupo.
