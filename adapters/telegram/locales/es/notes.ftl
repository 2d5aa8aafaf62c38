# Lo que solo tiene Telegram: grupos en modo de privacidad, cuentas de empresa.
platform-telegram = Telegram
setup-privacy = El modo de privacidad me oculta los mensajes de voz. Responde con /transcribe, o hazme administrador para que los transcriba todos.
business-ready = Me has conectado. Los mensajes de voz y videomensajes de tus chats reciben su texto. Lo paga tu cuenta.
business-no-reply = Me has conectado, pero no puedo responder. Permítelo en los ajustes de Telegram: Telegram Business, Chatbots.
