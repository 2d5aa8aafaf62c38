"""The HTTP API on its server."""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from adapters.api.submissions import Submissions
from adapters.http import server


def serve(app: FastAPI, host: str, port: int) -> AbstractAsyncContextManager[int]:
    """Serve the app of `make_app` as adapters.http.server does; before a stop, waiting clients get their answers."""
    submissions: Submissions = app.state.submissions
    return server.serve(app, host, port, before_stop=submissions.adapter.release_waiting)
