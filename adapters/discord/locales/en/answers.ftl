# What only Discord needs: a text that is longer than a message, and an answer that comes later than Discord allows.
ticket-moved-own = This takes longer than Discord lets me answer here: the text comes in our own chat. /jobs shows it, too.
ticket-moved-channel = This takes longer than Discord lets me answer here: the text comes as a new message in this channel. /jobs shows it, too.
ticket-over = This takes longer than Discord lets me answer here, and I may not write to you. Ask for the text with /jobs in a while.
button-recording = To the recording
