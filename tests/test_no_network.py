"""No test asks another machine, and the guard that sees to it is awake."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

ELSEWHERE = (
    "192.0.2.1",
    80,
)  # an address that documentation may use and nobody has


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_connection_to_another_machine_is_refused():
    with socket.socket() as client:
        client.settimeout(0.1)
        with pytest.raises(SocketConnectBlockedError):
            client.connect(ELSEWHERE)


def test_a_connection_to_this_machine_is_not():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        client.close()
