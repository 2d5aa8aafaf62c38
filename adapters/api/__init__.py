"""The HTTP API: NanoGPT's speech-to-text, and OpenAI's, over the same notes as on every platform.

adapter       the API as a platform (ports.Adapter)
context       the parts of the service that routes need; limits; names of models
app           make_app: all routes, the operator's endpoints too
routes        NanoGPT's routes
schemas       NanoGPT's responses
openai        OpenAI's routes and responses
usage         charges by day and model
submissions   requests become notes, and wait for them
uploads       request bodies, straight to disk
errors        errors and their HTTP status
access        API keys
openapi       documentation
middleware    around every request
server        uvicorn
"""

from adapters.api.adapter import ApiAdapter, Fetcher
from adapters.api.app import make_app
from adapters.api.context import Alias, Context, Limits, Published, Shelf
from adapters.api.server import serve

__all__ = ["Alias", "ApiAdapter", "Context", "Fetcher", "Limits", "Published", "Shelf", "make_app", "serve"]
