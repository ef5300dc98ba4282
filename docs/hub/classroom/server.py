"""A user's server: JupyterHub's, on the port that the hub has opened for it, behind a gate.

``jupyterhub_config.py`` starts it as the user, in the place of ``jupyterhub-singleuser``.
"""

import os
import socket
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from tornado.web import ErrorHandler, RedirectHandler

from classroom.gate import Gate


class Server(ServerApp):
    """JupyterHub's server, with its port given and its requests looked at first."""

    def _find_http_port(self) -> None:
        """Look for no port."""

    def _bind_http_server_tcp(self) -> bool:
        """Listen on the port that was opened for us; no program that we start gets it."""
        opened = socket.socket(fileno=int(os.environ.pop("HUB_LISTENER")))
        opened.set_inheritable(False)
        opened.setblocking(False)
        self.http_server.add_socket(opened)
        return True

    def init_httpserver(self) -> None:
        """Put the gate before all of Jupyter's addresses."""
        repository = os.environ.get("HUB_REPOSITORY", "")
        gate = Gate(self.base_url, os.environ.get("HUB_MARKING") == "1", repository)
        application: Any = self.web_app
        find = application.find_handler

        def find_handler(request: Any, **more: Any) -> Any:
            status = gate.answer(request.method, request.uri, request.headers)
            if status == 200:
                return find(request, **more)
            if status == 302:
                first_page = {"url": self.base_url, "permanent": False}
                return application.get_handler_delegate(request, RedirectHandler, first_page)
            return application.get_handler_delegate(request, ErrorHandler, {"status_code": status})

        application.find_handler = find_handler
        super().init_httpserver()


if __name__ == "__main__":
    JupyterHubSingleUser.serverapp_class = Server
    JupyterHubSingleUser.launch_instance()
