"""Who may do what at which address. A new address needs a line here."""

from collections.abc import Mapping

from tests.accounts.isolation import ADMINS, EVERYBODY, OPERATORS, WRITERS, Case, File

WAREHOUSE = "api/warehouses/<warehouse>"
JOB = "api/jobs/<job>"
PROVIDER = "settings/sign-in/<uuid:provider_id>"
API_PROVIDER = "api/identity-providers/<provider>"
TENANT = "operator/organisations/<uuid:organisation_id>"
TAKE_BACK = "operator/operators/<uuid:user_id>/take-back"
WAREHOUSE_PAGE = "warehouses/<uuid:warehouse_id>"
CHANGE = "changes/<uuid:job_id>"
PROVIDER_BODY = {"kind": "okta", "where": "one.okta.com", "client_id": "c", "client_secret": "s"}
PROVIDER_FORM = {"slug": "0123456789", "where": "https://new.example", "client_id": "c", "client_secret": "s"}

PUBLIC: Mapping[str, str] = {
    "": "the start page",
    "robots.txt": "for search engines",
    "sitemap.xml": "for search engines",
    "style": "the kit's own components, in development",
    "healthz": "for load balancers",
    "readyz": "for load balancers",
    "metrics": "numbers without names",
    "api/": "nothing but not found",
    "api/openapi.json": "what the API can do",
    "api/docs": "the same, to read",
    "sign-in/": "the way in",
    "sign-in/start/<slug:slug>": "the way in",
    "sign-in/callback/<slug:slug>": "the way in",
    "sign-in/local": "the way in",
    "sign-in/link": "the way in",
    "sign-in/again": "the way in, once more",
    "sign-in/out": "the way out",
    "join": "an invitation's own link; tests/accounts/test_pages.py walks it",
}
"""Addresses that show or change nothing of an organisation, with the reason."""


def get(route: str, allowed: frozenset[str], *, is_own: bool = False, query: str = "") -> Case:
    return Case(method="GET", route=route, allowed=allowed, is_own=is_own, query=query)


def post(
    route: str,
    effect: str,
    body: object = None,
    allowed: frozenset[str] = ADMINS,
    *,
    is_own: bool = False,
    **instead: str,
) -> Case:
    return Case(method="POST", route=route, allowed=allowed, body=body, effect=effect, is_own=is_own, instead=instead)


API = (
    Case(method="POST", route="api/plans", allowed=ADMINS, is_own=True, body={"name": "n", "provider": "folders"}),
    get("api/warehouses", EVERYBODY, is_own=True),
    post("api/warehouses", "provisioning_provisioningjob", {"name": "more", "provider": "folders"}, is_own=True),
    get(WAREHOUSE, EVERYBODY),
    Case(
        method="DELETE", route=WAREHOUSE, allowed=ADMINS, query="?confirm=sales", effect="provisioning_provisioningjob"
    ),
    get(f"{WAREHOUSE}/credentials", ADMINS),
    get(f"{WAREHOUSE}/losses", ADMINS),
    post(f"{WAREHOUSE}/rotate", "provisioning_provisioningjob", {}),
    post(f"{WAREHOUSE}/check", "provisioning_provisioningjob", {}, EVERYBODY),
    get(f"{WAREHOUSE}/repair", ADMINS),
    post(f"{WAREHOUSE}/repair", "provisioning_provisioningjob", {}),
    get(f"{WAREHOUSE}/status", EVERYBODY),
    post(f"{WAREHOUSE}/query", "queries_queryhistory", {"sql": "SELECT 1"}, EVERYBODY, warehouse="lake"),
    post(f"{WAREHOUSE}/load", "pipelines_fileload", File(fields={"mode": "append"}), WRITERS, warehouse="lake"),
    get("api/jobs", EVERYBODY, is_own=True),
    get(JOB, EVERYBODY),
    get(f"{JOB}/events", EVERYBODY),
    post(f"{JOB}/retry", "provisioning_provisioningjob", job="failed_job"),
    post(f"{JOB}/cancel", "provisioning_provisioningjob", job="waiting_job"),
    get("api/queries", EVERYBODY, is_own=True),
    post("api/queries/<query>/cancel", "queries_queryhistory"),
    get("api/organisation", EVERYBODY, is_own=True),
    Case(
        method="PATCH",
        route="api/organisation",
        allowed=ADMINS,
        is_own=True,
        body={"name": "Other name"},
        effect="accounts_organisation",
    ),
    get("api/tiers", EVERYBODY, is_own=True),
    Case(
        method="PUT",
        route="api/organisation/tier",
        allowed=ADMINS,
        is_own=True,
        body={"tier": "basic"},
        effect="accounts_organisation",
    ),
    get("api/members", EVERYBODY, is_own=True),
    Case(
        method="PATCH",
        route="api/members/<member>",
        allowed=ADMINS,
        body={"role": "reader"},
        effect="accounts_membership",
    ),
    Case(method="DELETE", route="api/members/<member>", allowed=ADMINS, effect="accounts_membership"),
    get("api/removed-members", ADMINS, is_own=True),
    Case(
        method="DELETE",
        route="api/removed-members/<member>",
        allowed=ADMINS,
        effect="accounts_removal",
        instead={"member": "removed_member"},
    ),
    get("api/invitations", ADMINS, is_own=True),
    post("api/invitations", "accounts_invitation", {"email": "x@example.net"}, is_own=True),
    Case(method="DELETE", route="api/invitations/<invitation>", allowed=ADMINS, effect="accounts_invitation"),
    get("api/tokens", EVERYBODY, is_own=True),
    post("api/tokens", "accounts_apitoken", {"name": "n", "days": 1}, EVERYBODY, is_own=True),
    Case(method="DELETE", route="api/tokens/<token>", allowed=ADMINS, effect="accounts_apitoken"),
    get("api/service-accounts", ADMINS, is_own=True),
    post("api/service-accounts", "accounts_serviceaccount", {"name": "n"}, is_own=True),
    Case(
        method="DELETE",
        route="api/service-accounts/<service_account>",
        allowed=ADMINS,
        effect="accounts_serviceaccount",
    ),
    get("api/identity-providers", ADMINS, is_own=True),
    post("api/identity-providers", "sign_in_identityprovider", PROVIDER_BODY, is_own=True),
    get(API_PROVIDER, ADMINS),
    Case(
        method="PATCH",
        route=API_PROVIDER,
        allowed=ADMINS,
        body={"client_id": "other"},
        effect="sign_in_identityprovider",
    ),
    Case(method="DELETE", route=API_PROVIDER, allowed=ADMINS, effect="sign_in_identityprovider"),
    Case(method="POST", route=f"{API_PROVIDER}/test", allowed=ADMINS),
    post(f"{API_PROVIDER}/enforce", "sign_in_identityprovider"),
    get("api/operator/organisations", OPERATORS),
    post("api/operator/organisations", "accounts_organisation", {"name": "New"}, OPERATORS),
    get("api/operator/organisations/<tenant>", OPERATORS),
    Case(
        method="PUT",
        route="api/operator/organisations/<tenant>/domain",
        allowed=OPERATORS,
        body={"domain": "new.example"},
        effect="accounts_organisation",
    ),
    post(
        "api/operator/organisations/<tenant>/first-admin",
        "sign_in_adminlink",
        {"email": "first@new.example"},
        OPERATORS,
        tenant="empty_tenant",
    ),
    get("api/operator/operators", OPERATORS),
    post("api/operator/operators", "accounts_operatorgrant", {"user": "reader@example.com"}, OPERATORS),
    Case(method="DELETE", route="api/operator/operators/<user>", allowed=OPERATORS, effect="accounts_operatorgrant"),
    get("api/operator/connections", OPERATORS),
    post("api/operator/connections", "outbound_alloweddestination", {"destination": "10.9.0.0/16"}, OPERATORS),
    Case(
        method="DELETE",
        route="api/operator/connections/<connection>",
        allowed=OPERATORS,
        effect="outbound_alloweddestination",
    ),
    get("api/audit", ADMINS, is_own=True),
    get("api/audit/export", ADMINS, is_own=True),
)

PAGES = (
    get("team", EVERYBODY, is_own=True),
    get("team/invitations", ADMINS, is_own=True),
    get("team/invitations/new", ADMINS, is_own=True),
    post(
        "team/invitations/new",
        "accounts_invitation",
        {"email": "x@example.net", "role": "reader", "days": "3"},
        is_own=True,
    ),
    post("team/invitations/<uuid:invitation_id>/revoke", "accounts_invitation"),
    get("team/organisation", ADMINS, is_own=True),
    post("team/organisation", "accounts_organisation", {"name": "Other name"}, is_own=True),
    get("team/removed", ADMINS, is_own=True),
    post("team/removed/<uuid:user_id>/readmit", "accounts_removal", user_id="removed_member"),
    get("team/leave", EVERYBODY, is_own=True),
    get("team/<uuid:user_id>", EVERYBODY),
    post("team/<uuid:user_id>", "accounts_membership", {"role": "reader"}),
    get("team/<uuid:user_id>/remove", ADMINS),
    post("team/<uuid:user_id>/remove", "accounts_membership"),
    get("tokens", EVERYBODY, is_own=True),
    get("tokens/new", EVERYBODY, is_own=True),
    post("tokens/new", "accounts_apitoken", {"name": "n", "role": "reader", "days": "1"}, EVERYBODY, is_own=True),
    post("tokens/<uuid:token_id>/revoke", "accounts_apitoken"),
    get("tokens/service-accounts", ADMINS, is_own=True),
    post("tokens/service-accounts", "accounts_serviceaccount", {"name": "n", "role": "reader"}, is_own=True),
    get("tokens/service-accounts/<uuid:account_id>/remove", ADMINS),
    post("tokens/service-accounts/<uuid:account_id>/remove", "accounts_serviceaccount"),
    get("organisations", EVERYBODY, is_own=True),
    get("audit", ADMINS, is_own=True),
    get("audit/export", ADMINS, is_own=True),
    get("permissions", EVERYBODY, is_own=True),
    get("plan", EVERYBODY, is_own=True),
    post("plan", "accounts_organisation", {"tier": "basic"}, is_own=True),
    get("changes", EVERYBODY, is_own=True),
    get(CHANGE, EVERYBODY),
    post(f"{CHANGE}/retry", "provisioning_provisioningjob", job_id="failed_job"),
    post(f"{CHANGE}/cancel", "provisioning_provisioningjob", job_id="waiting_job"),
    get("warehouses", EVERYBODY, is_own=True),
    get(WAREHOUSE_PAGE, EVERYBODY),
    get(f"{WAREHOUSE_PAGE}/resources", EVERYBODY),
    post(f"{WAREHOUSE_PAGE}/check", "provisioning_provisioningjob", None, EVERYBODY),
    get(f"{WAREHOUSE_PAGE}/repair", ADMINS),
    post(f"{WAREHOUSE_PAGE}/repair", "provisioning_provisioningjob"),
    get(f"{WAREHOUSE_PAGE}/credentials", ADMINS),
    post(f"{WAREHOUSE_PAGE}/credentials", "audit_event", {"level": "read"}),
    get(f"{WAREHOUSE_PAGE}/rotate", ADMINS, query="?level=read"),
    post(f"{WAREHOUSE_PAGE}/rotate", "provisioning_provisioningjob", {"level": "read"}),
    get(f"{WAREHOUSE_PAGE}/activity", EVERYBODY),
    get(f"{WAREHOUSE_PAGE}/settings", ADMINS),
    get(f"{WAREHOUSE_PAGE}/delete", ADMINS),
    post(f"{WAREHOUSE_PAGE}/delete", "provisioning_provisioningjob", {"confirmed_name": "sales"}),
    get("operator", OPERATORS),
    get("operator/organisations", OPERATORS),
    get("operator/organisations/new", OPERATORS),
    post("operator/organisations/new", "accounts_organisation", {"name": "New"}, OPERATORS),
    get(TENANT, OPERATORS),
    post(TENANT, "accounts_organisation", {"domain": "new.example"}, OPERATORS),
    post(
        f"{TENANT}/first-admin",
        "sign_in_adminlink",
        {"email": "first@new.example"},
        OPERATORS,
        organisation_id="empty_tenant",
    ),
    get("operator/operators", OPERATORS),
    post("operator/operators", "accounts_operatorgrant", {"user": "reader@example.com"}, OPERATORS),
    Case(method="GET", route=TAKE_BACK, allowed=OPERATORS, instead={"user_id": "user"}),
    post(TAKE_BACK, "accounts_operatorgrant", None, OPERATORS, user_id="user"),
    get("operator/connections", OPERATORS),
    post("operator/connections", "outbound_alloweddestination", {"destination": "10.9.0.0/16"}, OPERATORS),
    post("operator/connections/<uuid:entry_id>/forget", "outbound_alloweddestination", None, OPERATORS),
    get("account/", EVERYBODY, is_own=True),
    get("settings/sign-in/", ADMINS, is_own=True),
    get("settings/sign-in/add/<slug:kind>", ADMINS, is_own=True),
    post("settings/sign-in/add/<slug:kind>", "sign_in_identityprovider", PROVIDER_FORM, is_own=True),
    get(PROVIDER, ADMINS),
    post(PROVIDER, "sign_in_identityprovider", {**PROVIDER_FORM, "client_id": "other"}),
    post(f"{PROVIDER}/test", "sign_in_attempt"),
    post(f"{PROVIDER}/enforce", "sign_in_identityprovider"),
    post(f"{PROVIDER}/remove", "sign_in_identityprovider", {"confirmed_name": "OpenID Connect"}),
)

ELSEWHERE: Mapping[str, str] = {
    "POST api/organisation/leave": "for people; tests/accounts/test_isolation.py",
    f"POST {API_PROVIDER}/relax": "needs an enforced one, which shuts the cast out; tests/accounts/sign_in",
    "POST team/leave": "tests/accounts/test_isolation.py",
    "GET organisations/new": "for strangers, where they may; tests/accounts/test_founding.py",
    "POST organisations/new": "for strangers, where they may; tests/accounts/test_founding.py",
    "POST organisations": "works on the session; tests/accounts/test_pages.py",
    "POST account/devices/<uuid:session_id>/end": "works on sessions; tests/accounts/test_isolation.py",
    "POST account/devices/end": "works on sessions; tests/accounts/test_isolation.py",
}
"""Addresses whose own tests are elsewhere, with the reason."""
