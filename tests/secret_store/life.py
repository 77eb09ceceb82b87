"""One life of an installation: a secret goes into every field that takes one, through pages, API, services and jobs."""

import secrets
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from oneclick.accounts.roles import Role
from oneclick.accounts.services import operator_principal
from oneclick.accounts.sign_in import first_provider, local, totp
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.sign_in.models import ProviderKind as Kind
from oneclick.accounts.sign_in.providers import ProviderInput
from oneclick.accounts.tokens import create_service_account
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.notifications import outbox
from oneclick.notifications.kinds import CHANGE_ENDED
from oneclick.notifications.messages import Message
from oneclick.notifications.models import Notification
from oneclick.notifications.outbox import post
from oneclick.pipelines import engine as data_engine
from oneclick.pipelines import services as data_services
from oneclick.pipelines.models import DataFlow
from oneclick.project.environment import SETTINGS, read_environment
from oneclick.project.watching import Watch
from oneclick.provisioning import engine, services
from oneclick.secret_store import services as secret_store
from oneclick.stack.keys import key_text
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses import services as warehouse_services
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import AccountLink, Warehouse
from oneclick.warehouses.vault import WarehouseVault
from tests.accounts.conftest import an_operator, signed_in, signed_in_as
from tests.accounts.isolation import World, callers, undone
from tests.accounts.isolation_cases import API, PAGES
from tests.accounts.sign_in.conftest import Browser
from tests.accounts.sign_in.provider import CLIENT_SECRET, Provider
from tests.lake import make_warehouse
from tests.notifications.post_office import open_post_office
from tests.pipelines.templates.airbyte.conftest import answers, put
from tests.postgresql import drop_database
from tests.secret_store.listening import Listener

JSON = "application/json"
A_MESSAGE = Message(title="sales is ready", words="It is done.", path="/changes", action="See it")


def canary() -> str:
    """A secret that is found again: random, and with characters that each spelling writes in its own way."""
    return f"canary&{secrets.token_urlsafe(12)}+'/\"<é>"


def plain_canary() -> str:
    """One that may stand in an address or a header."""
    return f"canary-{secrets.token_urlsafe(12)}"


@dataclass(frozen=True, kw_only=True)
class Life:
    """Everything that happens; `listener` keeps the secrets, and hears what is said."""

    listener: Listener
    world: World
    idp: Provider
    provider: IdentityProvider

    def live(self) -> None:
        """Live it, the failures too."""
        self._installation()
        self._mail()
        self._providers()
        self._break_glass()
        self._first_admins()
        self._people_and_programs()
        with self._server_login() as password:
            self._warehouses(password)
            self._data_flows(password)
            self._connector()
            self._walk()

    def _installation(self) -> None:
        """What is in force here, and what settings say about values that they can't use."""
        keep = self.listener.keep
        keep("key of sessions", settings.SECRET_KEY)
        keep("master key", key_text(settings.HOME, "master", settings.ONECLICK_MASTER_KEY))
        keep("audit key", key_text(settings.HOME, "audit", settings.ONECLICK_AUDIT_KEY))
        keep("database password", connection.settings_dict["PASSWORD"])
        wrong = keep("setting that can't be used", canary())
        for setting in (each for each in SETTINGS if each.secret):
            with self._fails(may_work=True):
                read = read_environment({setting.name: wrong})
                self.listener.hear("reprs", repr(read), str(read))

    def _mail(self) -> None:
        """A mail server that refuses our login and one that takes it, looked at, tried, and asked by the worker."""
        password = self.listener.keep("mail password", canary())
        operator = signed_in_as(an_operator())
        for wanted in (password, "another"):
            with open_post_office(wants_login=True, password=wanted) as office:
                server = replace(office.server, password=SecretText(password))
                self.listener.hear("reprs", repr(server), str(server))
                with override_settings(ONECLICK_MAIL_SERVER=server):
                    self.listener.hear("operator/mail", operator.get("/operator/mail").content.decode())
                    tried = operator.post("/operator/mail", {"to": "ada@acme.example"}, follow=True)
                    self.listener.hear("operator/mail", tried.content.decode())
                    over_rest = operator.post("/api/operator/mail/try", {"to": "a@acme.example"}, content_type=JSON)
                    self.listener.hear("api/operator/mail/try", over_rest.content.decode())
                    admin = self.world.cast.admin
                    post(CHANGE_ENDED, admin.organisation_id, [UUID(admin.id)], A_MESSAGE)
                    outbox.deliver_due(server)
                self.listener.hear("mails", *(mail.as_string() for mail in office.received))
        assert Notification.objects.exclude(problem="").exists()

    def _providers(self) -> None:
        """Set up on the page, by the API and by the environment; signed in through; refused with a wrong secret."""
        keep, admin = self.listener.keep, signed_in(self.world.cast.admin)
        keep("client secret at the wire", CLIENT_SECRET)
        for name, where in (("page", "https://one.example"), ("mistyped page", "nonsense")):
            form = {"slug": secrets.token_hex(5), "where": where, "client_id": "c", "default_role": "reader"}
            form["client_secret"] = keep(f"client secret of a {name}", canary())
            self._post(admin, "/settings/sign-in/add/generic", form)
        body = {"kind": "okta", "where": "rest.okta.com", "client_id": "c"}
        body["client_secret"] = keep("client secret over REST", canary())
        made = admin.post("/api/identity-providers", body, content_type=JSON)
        assert made.status_code == 201, made.content
        change = {"where": "nonsense", "client_secret": keep("client secret that is mistyped over REST", canary())}
        refused = admin.patch(f"/api/identity-providers/{made.json()['id']}", change, content_type=JSON)
        self.listener.hear("api/identity-providers", made.content.decode(), refused.content.decode())
        given = ProviderInput(
            kind=Kind.OKTA, where="one.okta.com", client_id="c",
            client_secret=SecretText(keep("client secret of the environment", canary())),
        )  # fmt: skip
        self.listener.hear("reprs", repr(given), str(given))
        first_provider.set_up(given, organisation="Of the environment", domain="", actor="system:test")
        browser = Browser(self.provider, self.idp)
        self.listener.hear("sign-in page", browser.sign_in().content)
        session = keep("session key", browser.client.cookies["oneclick_session"].value)
        watch = Watch(authorization=SecretText(""), session=SecretText(session), job_id=uuid4(), after=0)
        self.listener.hear("reprs", repr(watch), str(watch))
        keep("attempt's cookie", browser.client.cookies["oneclick_sign_in"].value)
        stored = secret_store.get(self.provider.secret_reference)
        secret_store.rotate(self.provider.secret_reference, SecretText(keep("client secret that is wrong", canary())))
        browser = Browser(self.provider, self.idp)
        answer = browser.come_back(**self.idp.authorise(browser.leave(), code=keep("code", plain_canary())))
        assert answer.status_code == 503, answer.content
        self.listener.hear("sign-in page", answer.content)
        secret_store.rotate(self.provider.secret_reference, stored)

    def _break_glass(self) -> None:
        """A one-time link, opened wrongly, then rightly; and a local sign-in that fails."""
        keep, organisation = self.listener.keep, self.world.cast.organisation
        invited = local.invite_admin(organisation, "glass@acme.example", actor="operator:test")
        self.listener.hear("reprs", repr(invited), str(invited))
        token = keep("one-time link", invited.token.reveal())
        seed = secret_store.get(invited.link.totp_reference)
        keep("TOTP seed", seed.reveal())
        browser, form = Client(), {"token": token, "password": keep("password", canary())}
        self.listener.hear("GET /sign-in/link", browser.get("/sign-in/link", {"token": token}).content.decode())
        self._post(browser, "/sign-in/link", {**form, "code": "000000"})
        code = totp.code_at(int(time.time()) // totp.STEP_S, seed)
        assert self._post(browser, "/sign-in/link", {**form, "code": code}) == 302
        keep("session key of break-glass", browser.cookies["oneclick_session"].value)
        typed = {"email": "glass@acme.example", "code": "000000"}
        for password in (form["password"], keep("wrong password", canary())):
            self._post(Client(), "/sign-in/local", {**typed, "password": password})
        with self._fails():
            local.open_link(invited.token, password=SecretText(form["password"]), code=code)

    def _first_admins(self) -> None:
        """Links that an operator makes, on the page and over REST."""
        operator, empty = signed_in_as(an_operator()), self.world.ids["empty_tenant"]
        made = operator.post(f"/operator/organisations/{empty}/first-admin", {"email": "one@empty.example"})
        shown = made.content.decode()
        self.listener.keep("first admin's link", _between(shown, "sign-in/link?token=", "<\"' \n&"))
        self.listener.hear("POST first-admin", shown)
        body = {"email": "two@empty.example"}
        answer = operator.post(f"/api/operator/organisations/{empty}/first-admin", body, content_type=JSON).json()
        self.listener.keep("first admin's link over REST", answer["url"].partition("token=")[2])
        self.listener.hear("POST first-admin", str(answer))
        for path in ("/operator/organisations", f"/operator/organisations/{empty}"):
            self.listener.hear(f"GET {path}", operator.get(path).content.decode())

    def _people_and_programs(self) -> None:
        """Invitations and tokens: shown once, used, refused."""
        cast, keep, admin = self.world.cast, self.listener.keep, signed_in(self.world.cast.admin)
        page = admin.post("/team/invitations/new", {"email": "b@example.net", "role": "reader", "days": "3"})
        link = keep("invitation", _between(page.content.decode(), "invitation=", "<\"' \n&"))
        self.listener.hear("POST /team/invitations/new", page.content.decode())
        self.listener.hear("GET /join", Client().get(f"/join?invitation={link}", follow=True).content.decode())
        page = admin.post("/tokens/new", {"name": "n", "role": "reader", "days": "1"})
        token = keep("token of a user", _between(page.content.decode(), "ocd_", "<\"' \n&", keep_start=True))
        self.listener.hear("POST /tokens/new", page.content.decode())
        account = create_service_account(cast.admin, name="robot of a life", role=Role.READER)
        made = admin.post("/api/tokens", {"name": "r", "service_account": str(account.id)}, content_type=JSON)
        robot = keep("token of a service account", made.json()["token"])
        self.listener.hear("POST /api/tokens", made.content.decode())
        for raw in (token, robot, keep("token that nobody made", f"ocd_{plain_canary()}")):
            answer = Client().get("/api/organisation", headers={"Authorization": f"Bearer {raw}"})
            self.listener.hear("GET /api/organisation", answer.content.decode(), answer.headers)

    def _warehouses(self, password: str) -> None:
        """One in somebody's account: set up, asked about, its login replaced; and one whose password is wrong."""
        keep, organisation = self.listener.keep, self.world.cast.organisation
        self._wizard()
        link = self._link("good", password)
        warehouse = make_warehouse(organisation, "of_a_life", provider="postgresql", link=link)
        bad = self._link("bad", keep("connection password that is wrong", canary()))
        operator = operator_principal(organisation)
        job = services.request_create(operator, provider="postgresql", spec=Spec(name="never"), account_link_id=bad.id)
        engine.drive(job.id)
        self._login(warehouse, "warehouse login")
        for level in AccessLevel:
            engine.drive((asked := services.request_rotate(operator, warehouse.id, level, grace_s=0)).id)
            asked.refresh_from_db()
            assert asked.state == "success"
        warehouse.refresh_from_db()
        self._login(warehouse, "warehouse login after rotation")
        lake = Warehouse.objects.get(id=self.world.ids["lake"])
        self._login(lake, "lake login")
        admin = signed_in(self.world.cast.admin)
        for each in (warehouse, lake):
            path = f"/api/warehouses/{each.id}"
            for level in AccessLevel:
                shown = admin.get(f"{path}/credentials?level={level.value}")
                self.listener.hear("GET credentials", shown.content.decode())
            for text in ("SELECT 1", "SELECT nonsense FROM nowhere"):
                answer = admin.post(f"{path}/query", {"sql": text}, content_type=JSON)
                self.listener.hear("POST query", answer.getvalue().decode())

    def _data_flows(self, password: str) -> None:
        """A database to clone: typed on a page and over REST, looked at, asked to run, with a wrong password, too."""
        admin, server = signed_in(self.world.cast.admin), self._customer_server()
        where = {"host": server["host"], "port": server["port"], "database": "postgres", "user": "a_customer"}
        lake = self.world.ids["lake"]
        typed = {**where, "tls": "prefer", "engine": "PostgreSQL", "warehouse": lake}
        over_rest = self.listener.keep("source password over REST", canary())
        for name, given in (("source password", None), ("source password that is wrong", canary())):
            secret = self.listener.keep(name, given or password)
            answer = admin.post("/flows/new/database_clone", typed | {"password": secret}, follow=True)
            self.listener.hear("POST flows", answer.content.decode())
            body = {"template": "database_clone", "warehouse": lake, "config": where}
            body["secrets"] = {"password": over_rest}
            made = admin.post("/api/flows", body, content_type=JSON)
            assert made.status_code == 201, made.content
            self.listener.hear("POST api/flows", made.content.decode())
            here = f"/api/flows/{made.json()['id']}"
            changed = {"config": where, "secrets": {"password": secret}}
            self.listener.hear("PUT connection", admin.put(f"{here}/connection", changed, JSON).content.decode())
            for path in ("checks", "streams", "runs"):
                self.listener.hear(f"GET {path}", admin.get(f"{here}/{path}").content.decode())
            flow = DataFlow.objects.get(id=made.json()["id"])
            source = data_services.source(flow)
            self.listener.hear("reprs", repr(source), str(flow.config), repr(vars(source)))
            DataFlow.objects.filter(id=flow.id).update(
                is_draft=False, streams=[{"stream": "public.nothing", "table": f"of_a_life_{name.count(' ')}"}]
            )
            run = data_services.run_now(self.world.cast.admin, flow.id)
            data_engine.drive(run.id)
            for path in (f"/flows/{flow.id}", f"/flows/updates/{run.id}", "/overview"):
                self.listener.hear(f"GET {path}", admin.get(path).content.decode())

    def _connector(self) -> None:
        """A connector's token: checked, refused in a message that repeats it, and used by an update that fails."""
        admin = signed_in(self.world.cast.admin)
        put(Path(settings.HOME))
        token = self.listener.keep("connector's token", canary())
        body = {"template": "airbyte", "warehouse": self.world.ids["lake"], "secrets": {"config.token": token}}
        for fault in ("refused", "config"):
            made = admin.post("/api/flows", body | {"config": answers(fault=fault)}, content_type=JSON)
            assert made.status_code == 201, made.content
            here = f"/api/flows/{made.json()['id']}"
            for path in ("checks", "streams"):
                self.listener.hear(f"GET {path}", admin.get(f"{here}/{path}").content.decode())
            source = data_services.source(DataFlow.objects.get(id=made.json()["id"]))
            with source._talking() as talk:  # type: ignore[attr-defined]  # a connector's
                self.listener.hear("reprs", repr(talk), repr(source))
        wanted = [{"stream": "orders", "table": "of_a_connector"}]
        DataFlow.objects.filter(id=made.json()["id"]).update(is_draft=False, streams=wanted)
        run = data_services.run_now(self.world.cast.admin, made.json()["id"])
        data_engine.drive(run.id)
        self.listener.hear("GET runs", admin.get(f"{here}/runs").content.decode())
        shutil.rmtree(Path(settings.HOME) / "connectors")

    def _wizard(self) -> None:
        """An account connected by the wizard, and its link for whoever runs the account."""
        admin = signed_in(self.world.cast.admin)
        here = f"/start/{self.world.ids['account_setup']}"
        typed = {"host": "db.example", "port": "not a port", "user": "u"}
        typed["password"] = self.listener.keep("connection password typed wrongly", canary())
        assert self._post(admin, f"{here}/connect", typed) == 422
        typed |= {"port": "5432", "password": self.listener.keep("connection password of the wizard", canary())}
        assert self._post(admin, f"{here}/connect", typed) == 302
        body = {"provider": "postgresql", "name": "over REST", "config": {"host": "db.example", "user": "u"}}
        body |= {"secrets": {"password": self.listener.keep("connection password over REST", canary())}}
        answer = admin.post("/api/account-links", body, content_type=JSON)
        assert answer.status_code == 201, answer.content
        self.listener.hear("POST account-links", answer.content.decode())
        made = admin.post(f"{here}/hand-over").content.decode()
        self.listener.hear("POST hand-over", made)
        token = self.listener.keep("link to the steps", _between(made, "handover?token=", "<\"' \n&"))
        self.listener.hear("GET handover", Client().get(f"/handover?token={token}").content.decode())

    def _login(self, warehouse: Warehouse, name: str) -> None:
        for level in AccessLevel:
            access = warehouse_services.access(warehouse, level)
            self.listener.keep(f"{name} ({level.value})", access.secret.reveal())
            shown = warehouse_services.reveal_credentials(
                operator_principal(warehouse.organisation), warehouse.id, level
            )
            self.listener.hear("reprs", repr(access), str(access), repr(shown), repr(shown.credentials))
        self.listener.hear("reprs", repr(WarehouseVault(warehouse.organisation_id, warehouse.id)))

    @staticmethod
    def _customer_server() -> dict[str, str]:
        return {
            name: str(value)
            for name, value in conninfo_to_dict(EmbeddedPostgres(Path(settings.HOME)).superuser_url()).items()
        }

    def _link(self, name: str, password: str) -> AccountLink:
        server = self._customer_server()
        link = warehouse_services.connect_account(
            self.world.cast.admin, provider="postgresql", name=name,
            config={"host": str(server["host"]), "port": str(server["port"]), "user": "a_customer"},
            secrets={"password": SecretText(password)},
        )  # fmt: skip
        account = warehouse_services.account(link)
        self.listener.hear("reprs", repr(account), str(account))
        return link

    @contextmanager
    def _server_login(self) -> Iterator[str]:
        """A login of the customer's server with a password of ours."""
        password = self.listener.keep("connection password", canary())
        with psycopg.connect(EmbeddedPostgres(Path(settings.HOME)).superuser_url(), autocommit=True) as server:
            server.execute(sql.SQL("CREATE ROLE a_customer LOGIN CREATEDB CREATEROLE PASSWORD {}").format(password))
            server.execute("GRANT CONNECT ON DATABASE postgres TO a_customer")
            try:
                yield password
            finally:
                owned = "SELECT datname FROM pg_database WHERE datname ~ '^of_a_life'"
                for (name,) in server.execute(owned).fetchall():
                    drop_database(server, name)
                made = "SELECT rolname FROM pg_roles WHERE rolname ~ '^(of_a_life|a_customer)' ORDER BY 1 DESC"
                for (name,) in server.execute(made).fetchall():
                    server.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))

    def _walk(self) -> None:
        """Every address of the product, as an admin. What it does is undone."""
        everybody = callers(self.world)
        for case in API + PAGES:
            caller = everybody["admin with a token" if case.is_api else "admin in a browser"]
            with undone():
                answer = caller(case, self.world.address(case))
            self.listener.hear(case.name, answer.text, answer.headers)

    def _post(self, client: Client, path: str, form: dict[str, str]) -> int:
        answer = client.post(path, form)
        self.listener.hear(f"POST {path}", answer.content.decode(), answer.headers)
        return answer.status_code

    @contextmanager
    def _fails(self, *, may_work: bool = False) -> Iterator[None]:
        try:
            yield
        except OneClickError as error:
            words = (*traceback.format_exception(error), repr(error), error.message, error.hint)
            self.listener.hear("exceptions", *words)
        else:
            assert may_work


def rows(prefix: str) -> Iterator[str]:
    """Every row of the tables whose names start so."""
    for model in apps.get_models():
        if model._meta.db_table.startswith(prefix):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
                yield from (row for (row,) in cursor.fetchall())


def _between(text: str, start: str, ends: str, *, keep_start: bool = False) -> str:
    begin = text.index(start) + (0 if keep_start else len(start))
    return text[begin : min(at for end in ends if (at := text.find(end, begin)) >= 0)]
