# Lo que solo necesita Discord: un texto más largo que un mensaje, y una respuesta que llega más tarde de lo que Discord permite.
ticket-moved-own = Esto tarda más de lo que Discord me deja para responder aquí: el texto llega a nuestro chat. También lo muestra /jobs.
ticket-moved-channel = Esto tarda más de lo que Discord me deja para responder aquí: el texto llega a este canal como un mensaje nuevo. También lo muestra /jobs.
ticket-over = Esto tarda más de lo que Discord me deja para responder aquí, y no puedo escribirte. Pide el texto con /jobs dentro de un rato.
button-recording = Ir a la grabación
