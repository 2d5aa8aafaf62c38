# Was nur Discord braucht: ein Text, der länger als eine Nachricht ist, und eine Antwort, die später kommt, als Discord erlaubt.
ticket-moved-own = Das dauert länger, als Discord mich hier antworten lässt: Der Text kommt in unserem eigenen Chat. Auch /jobs zeigt ihn.
ticket-moved-channel = Das dauert länger, als Discord mich hier antworten lässt: Der Text kommt als neue Nachricht in diesem Kanal. Auch /jobs zeigt ihn.
ticket-over = Das dauert länger, als Discord mich hier antworten lässt, und ich darf dir nicht schreiben. Frag in einer Weile mit /jobs nach dem Text.
button-recording = Zur Aufnahme
