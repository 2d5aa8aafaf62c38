# Lo que solo tiene Telegram: grupos en modo de privacidad, cuentas de empresa.
platform-telegram = Telegram
setup-privacy = Aquí no veo los mensajes normales, tampoco los de voz: Telegram los oculta a los bots en modo de privacidad. Por eso solo puedo transcribir aquello a lo que alguien responde con /transcribe. Para que se transcriba cada mensaje de voz, hazme administrador de este grupo; o desactiva el modo de privacidad (/setprivacy en @BotFather), y luego quítame y vuelve a añadirme.
business-ready = Me has conectado. Los mensajes de voz y los videomensajes de tus chats reciben su texto debajo, los tuyos y los de quienes te escriben. Se apunta en tu cuenta.
business-no-reply = Me has conectado, pero no puedo responder en tus chats. En los ajustes de Telegram, en Telegram Business y Chatbots, permíteme responder a los mensajes.
