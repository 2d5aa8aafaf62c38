"""The HTTP API: NanoGPT's speech-to-text, and OpenAI's. It translates; the work is the same as for every platform.

adapter.py      the API as a platform (ports.Adapter)
doors.py        what the routes need of the service; limits; names of models
app.py          make_app: all routes, the operator's among them
routes.py       NanoGPT's document         shapes.py    its answers
openai.py       OpenAI's routes and answers
desk.py         requests become notes, and wait for them
uploads.py      bodies, straight to the disk
errors.py       every failure and its HTTP status
access.py  answers.py  middleware.py  server.py     keys, documentation, around every request, uvicorn
"""

from adapters.api.adapter import ApiAdapter, Fetcher
from adapters.api.app import make_app
from adapters.api.context import Alias, Context, Limits, Published, Shelf
from adapters.api.server import serve

__all__ = ["Alias", "ApiAdapter", "Context", "Fetcher", "Limits", "Published", "Shelf", "make_app", "serve"]
