"""Speaker diarization on this machine, by voices.

model        the file of the voice model, verified before it is loaded
download     the full-size voice model
embedding    a voice as a vector (sherpa-onnx)
windows      short windows of speech
clustering   tree of similar voices
cut_tree     number of speakers, and the speaker of each window
diarizer     all of this over a recording, chunk by chunk
turns        the speaker at each time
own_voice    an enrolled voice, and the speaker who has it
labelling    words and segments get their speakers

Audio passes once; one vector is kept for each 0.75 s of speech.
"""
