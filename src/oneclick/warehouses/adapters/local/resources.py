"""What one local lake consists of."""

from collections.abc import Sequence
from pathlib import Path

from oneclick.warehouses.adapters.local.catalog import CatalogDatabase, Lake
from oneclick.warehouses.adapters.local.folder import LakeFolder
from oneclick.warehouses.adapters.local.names import Names
from oneclick.warehouses.adapters.local.roles import Group, LoginRole
from oneclick.warehouses.adapters.local.session import LocalSession
from oneclick.warehouses.contract.instance import AccessLevel, Installation, Instance, Login
from oneclick.warehouses.contract.resources import Resource


class Parts:
    """The resources of one warehouse, tied together."""

    def __init__(self, installation: Installation, instance: Instance) -> None:
        self.names = Names.of(installation, instance)
        self.owner = Group(self.names.owner)
        self.readers = Group(self.names.readers)
        self.database = CatalogDatabase(self.names.database, owner=self.owner, readers=self.readers)
        self.folder = LakeFolder(lake_folder(installation.home, instance))
        self.lake = Lake(self.names.database, database=self.database, folder=self.folder)

    def login(self, login: Login) -> LoginRole:
        """A login is there only when the lake is: whoever can sign in finds something to work with."""
        group = self.owner if login.level is AccessLevel.WRITE else self.readers
        return LoginRole(
            self.names.login(login),
            login=login,
            group=group,
            database=self.names.database,
            depends_on=(group, self.lake),
        )

    def all(self, logins: Sequence[Login]) -> list[Resource[LocalSession]]:
        """In the order in which they are made."""
        return [
            self.owner,
            self.readers,
            self.database,
            self.folder,
            self.lake,
            *(self.login(login) for login in logins),
        ]


def lake_folder(home: Path, instance: Instance) -> Path:
    """Where the warehouse's files are."""
    return home / "lakes" / instance.tag
