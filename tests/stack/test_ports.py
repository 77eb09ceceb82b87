import socket

import pytest

from oneclick.stack.errors import StackError
from oneclick.stack.ports import ReservedPort, free_port, is_free


def test_the_wanted_port_is_taken_when_it_is_free_and_given_back() -> None:
    wanted = free_port()
    for _ in range(2):
        with ReservedPort("127.0.0.1", wanted) as reserved:
            assert reserved.port == wanted
            assert is_free(wanted), "the server itself must be able to listen on it"


def test_beside_a_taken_port_the_next_free_one_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with ReservedPort("127.0.0.1", taken) as reserved:
            assert reserved.port != taken


def test_two_stacks_never_get_the_same_port_though_their_servers_would_share_it() -> None:
    with ReservedPort("127.0.0.1", free_port()) as first, ReservedPort("127.0.0.1", first.port) as second:
        assert second.port != first.port


def test_a_port_on_which_a_server_shares_is_taken_all_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        taken = other.getsockname()[1]
        with ReservedPort("127.0.0.1", taken) as reserved:
            assert reserved.port != taken


def test_an_address_that_this_machine_does_not_have_is_named() -> None:
    with pytest.raises(StackError, match=r"no address 203\.0\.113\.1"):
        ReservedPort("203.0.113.1", 8000)
