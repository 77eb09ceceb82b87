"""From psycopg's errors to the contract's. The whole table is in the contract suite's harness."""

import psycopg
import pytest
from psycopg import errors

from adapter_postgresql.errors import WHILE_PROVISIONING, translate, translated
from oneclick.warehouses.contract.errors import (
    AlreadyExists,
    Conflict,
    InvalidConfig,
    PermissionDenied,
    TerminalError,
    Unavailable,
)


def test_a_missing_attribute_comes_with_the_statement_that_grants_it() -> None:
    found = translate(errors.InsufficientPrivilege("permission denied to create database"), user="oneclick")
    assert isinstance(found, PermissionDenied)
    assert (found.missing, found.remedy) == ("CREATEDB", 'ALTER ROLE "oneclick" CREATEDB;')
    assert found.remedy in found.hint


@pytest.mark.parametrize("error", [errors.DuplicateObject, errors.DuplicateDatabase, errors.DuplicateSchema])
def test_a_duplicate_is_a_race_while_we_make_things_and_a_refusal_otherwise(error: type[psycopg.Error]) -> None:
    assert type(translate(error("exists"), table=WHILE_PROVISIONING)) is Conflict
    assert type(translate(error("exists"))) is AlreadyExists


def test_a_code_that_is_not_listed_falls_back_to_its_class() -> None:
    assert type(translate(errors.CheckViolation("x"))) is InvalidConfig


def test_an_unknown_code_is_not_tried_again() -> None:
    assert type(translate(errors.InternalError_("x"))) is TerminalError


def test_only_the_servers_own_sentence_is_repeated() -> None:
    verbose = psycopg.OperationalError("connection to server at x failed\nFATAL:  the database system is starting up")
    assert translate(verbose).message == "PostgreSQL says: FATAL:  the database system is starting up"


def test_the_vendors_error_is_kept_as_the_cause() -> None:
    original = errors.AdminShutdown("x")
    with pytest.raises(Unavailable) as caught, translated():
        raise original
    assert caught.value.__cause__ is original
