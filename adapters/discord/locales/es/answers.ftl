# Lo que solo necesita Discord: un texto más largo que un mensaje, y una respuesta que llega más tarde de lo que Discord permite.
ticket-moved-own = Esto tarda más de lo que Discord me deja para responder aquí. Recibes el texto en nuestro chat y con /jobs.
ticket-moved-channel = Esto tarda más de lo que Discord me deja para responder aquí. El texto llega como mensaje nuevo en este canal, y con /jobs.
ticket-over = Esto tarda más de lo que Discord me deja para responder aquí, y no puedo escribirte. Pide el texto con /jobs más tarde.
button-recording = Ir a la grabación
