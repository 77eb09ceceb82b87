"""Django's settings, derived from `environment`."""

from typing import Any

from csp.constants import NONCE, NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from oneclick.core.secrets import SecretText
from oneclick.outbound.own_servers import servers_of
from oneclick.project.environment import read_environment
from oneclick.project.hosts import allowed_hosts
from oneclick.stack.keys import key_text
from oneclick.stack.postgres import EmbeddedPostgres

ENVIRONMENT = read_environment()
HOME = ENVIRONMENT.home


def _database_url() -> str:
    return ENVIRONMENT.database_url.reveal() or EmbeddedPostgres(HOME).url()


def _database(url: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "oneclick"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,  # PostgreSQL may have been away since a pooled connection was last used
        "OPTIONS": {**parts, "pool": {"min_size": 0, "max_size": 24, "timeout": 10}, "connect_timeout": 5},
    }


DATABASES = {"default": _database(_database_url())}

DEBUG = ENVIRONMENT.debug
SECRET_KEY = key_text(HOME, "django", ENVIRONMENT.secret_key)
ALLOWED_HOSTS = allowed_hosts(ENVIRONMENT)
AUTH_USER_MODEL = "users.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING_CONFIG = None  # each process calls telemetry.logs.configure with its own name
ROOT_URLCONF = "oneclick.project.urls"
WSGI_APPLICATION = "oneclick.project.wsgi.application"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "procrastinate.contrib.django",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "lucide",
    "csp",
    "oneclick.web",
    "oneclick.accounts.users",
    "oneclick.accounts",
    "oneclick.accounts.sign_in",
    "oneclick.billing",
    "oneclick.audit",
    "oneclick.secret_store",
    "oneclick.job_queue",
    "oneclick.outbound",
    "oneclick.warehouses",
    "oneclick.provisioning",
    "oneclick.queries",
    "oneclick.pipelines",
    "oneclick.onboarding",
    "oneclick.operations",
    "oneclick.notifications",
    "oneclick.website",
]

MIDDLEWARE = [
    "oneclick.project.middleware.CorrelationMiddleware",
    "oneclick.project.middleware.RequestLogMiddleware",
    "oneclick.project.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "oneclick.web.zones.TimeZoneMiddleware",
    "oneclick.project.middleware.ApiErrorsMiddleware",
    "oneclick.project.admitting.AdmissionMiddleware",  # the innermost: whoever calls is known by then
]

_LOADERS = ["django_cotton.cotton_loader.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": _LOADERS if DEBUG else [("django.template.loaders.cached.Loader", _LOADERS)],
            "builtins": ["django_cotton.templatetags.cotton", "oneclick.web.templatetags.kit"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "oneclick.web.context.frame",
            ],
        },
    }
]
COTTON_ISOLATE_BY_DEFAULT = True  # a component sees what it is given, not what its page happens to call the same
STYLE_PAGE = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

ONECLICK_SECRET_STORE = ENVIRONMENT.secret_store
ONECLICK_MASTER_KEY = ENVIRONMENT.master_key
ONECLICK_AUDIT_KEY = ENVIRONMENT.audit_key
ONECLICK_AUDIT_KEEP_MONTHS = ENVIRONMENT.audit_keep_months
ONECLICK_ADAPTER_OPTIONS = {"local": {"catalog_url": ENVIRONMENT.lake_database_url or SecretText(_database_url())}}
ONECLICK_OWN_SERVERS = servers_of(SecretText(_database_url()), ONECLICK_ADAPTER_OPTIONS["local"]["catalog_url"])

ONECLICK_OUTBOUND_ALLOW = ENVIRONMENT.outbound_allow
ONECLICK_ORIGIN = ENVIRONMENT.origin
ONECLICK_MAIL_SERVER = ENVIRONMENT.mail_server
LOGIN_REDIRECT_URL = "/overview"
ONECLICK_LEGAL_FOLDER = ENVIRONMENT.legal_folder
ONECLICK_SIGNUP = ENVIRONMENT.sign_in.signup
ONECLICK_SESSION_IDLE_MINUTES = ENVIRONMENT.sign_in.session_idle_minutes
ONECLICK_SESSION_HOURS = ENVIRONMENT.sign_in.session_hours
ONECLICK_TRUSTED_PROXIES = ENVIRONMENT.sign_in.trusted_proxies

_IS_HTTPS = ONECLICK_ORIGIN.startswith("https://")
_COOKIE = "__Host-" if _IS_HTTPS else ""
AUTHENTICATION_BACKENDS = ["oneclick.accounts.sign_in.backend.SignedInUsers"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
SESSION_ENGINE = "oneclick.accounts.sign_in.session_store"
SESSION_COOKIE_NAME = f"{_COOKIE}oneclick_session"
ONECLICK_ATTEMPT_COOKIE = f"{_COOKIE}oneclick_sign_in"
SESSION_COOKIE_AGE = ONECLICK_SESSION_HOURS * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE}oneclick_csrf"
CSRF_TRUSTED_ORIGINS = [ONECLICK_ORIGIN]  # a proxy ends TLS before us, so that Django can't see the scheme
CSRF_FAILURE_VIEW = "oneclick.accounts.sign_in.views.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = 0  # the proxy that ends TLS decides it
SECURE_REFERRER_POLICY = "same-origin"
