"""Settings: read from the environment, production-safe by default, nothing happens here.

Every variable is listed with its default in docs/operations.md; a value that cannot be read stops
the start and names its variable.
"""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, str(int(default)))
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 0 or 1.")
    return value == "1"


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number >= {least}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(part) for part in names(name)]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be address ranges such as 10.0.0.0/8, separated by commas: {error}."
        ) from error


def secret(name: str, *, fallback: str | None) -> str:
    """The variable, or the content of the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    value = Path(path).read_text().strip() if path else os.environ.get(name, fallback or "")
    if len(value) < 32:
        raise ImproperlyConfigured(
            f"{name} (or {name}_FILE) must be set to at least 32 random characters."
        )
    return value


def database(url: str) -> dict[str, object]:
    """SQLite for one host, PostgreSQL for more; addresses as libpq reads them, sockets included."""
    if url.startswith("sqlite:///"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite:///"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// or sqlite:///.")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {
            **parts,
            # At most one connection per web thread; threads are what hides the commit.
            "pool": {"min_size": 1, "max_size": number("HITL_DATABASE_POOL", 8, least=1)},
            "server_side_binding": True,
            "prepare_threshold": 3,
        },
    }


DEBUG = flag("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY", fallback="not-secret-" * 4 if DEBUG else None)
DATA_DIR = Path(text("HITL_DATA", str(BASE_DIR / "var")))
ALLOWED_HOSTS = names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS")
DATABASES = {"default": database(text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'hitl.sqlite3'}"))}
REDIS_URL = text("REDIS_URL", "redis://127.0.0.1:6379/0")
HTTPS = flag("HITL_HTTPS", default=not DEBUG)

RUNTIMES = [
    "models_registry.runtimes.sklearn",
    "models_registry.runtimes.client",
    *names("HITL_EXTRA_RUNTIMES"),
]
HITL_ARTIFACT_LIMIT = number("HITL_ARTIFACT_LIMIT", 200_000_000, least=1)
HITL_BODY_LIMIT = number("HITL_BODY_LIMIT", 10_000_000, least=1000)
HITL_FILE_BYTES = number("HITL_FILE_BYTES", 25_000_000, least=1000)
HITL_RATE_LIMIT = text("HITL_RATE_LIMIT", "500/second")
HITL_WEB_THREADS = number("HITL_WEB_THREADS", 4, least=1)
HITL_IDEMPOTENCY_HOURS = number("HITL_IDEMPOTENCY_HOURS", 48, least=1)
HITL_OUTGOING_ALLOWED = networks("HITL_OUTGOING_ALLOWED")
HITL_DELIVERY_SECONDS = number("HITL_DELIVERY_SECONDS", 15, least=1)
HITL_DELIVERY_RUNS = number("HITL_DELIVERY_RUNS", 1, least=1)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "models_registry.apps.ModelsRegistryConfig",
    "hitl.apps.HitlConfig",
    "reviews.apps.ReviewsConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hitl.middleware.lengths_are_known",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hitl.middleware.libraries_may_more",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "hitl.urls"
WSGI_APPLICATION = "hitl.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = reverse_lazy("start")
LOGOUT_REDIRECT_URL = reverse_lazy("login")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "hitl.formats"  # 24 hours, as everywhere else; times are UTC

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("HITL_STATIC_ROOT")  # only for those who collect the files
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = True  # the one-command start serves files without a collect step
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "blobs"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = HITL_BODY_LIMIT

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# At least two places: a run of deliveries may wait for a slow receiver, decisions must not.
CELERY_WORKER_CONCURRENCY = max(2, os.cpu_count() or 1)
CELERY_BEAT_SCHEDULE = {
    "measure": {"task": "hitl.measure", "schedule": 60.0},
    "sweep": {"task": "hitl.sweep", "schedule": 60.0},
    "act-due": {"task": "hitl.act_due", "schedule": 5.0, "options": {"expires": 5}},
    "earn": {"task": "hitl.earn", "schedule": 10.0, "options": {"expires": 10}},
    "answer-silently": {"task": "hitl.answer_silently", "schedule": 5.0, "options": {"expires": 5}},
    "roll": {"task": "hitl.roll", "schedule": 10.0, "options": {"expires": 10}},
    "check-audits": {"task": "hitl.check_audits", "schedule": 60.0},
    "settle": {"task": "reviews.settle", "schedule": 1.0, "options": {"expires": 1}},
    "deliver": {"task": "hitl.deliver", "schedule": 1.0, "options": {"expires": 1}},
    "expire-claims": {"task": "reviews.expire_claims", "schedule": 5.0, "options": {"expires": 5}},
}

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes speak plain HTTP from inside
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "reviews.views.desk.not_believed"
SESSION_COOKIE_AGE = 12 * 3600  # a working day
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["hitl.api.access.Keys", "hitl.api.access.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["hitl.api.access.MayHere"],
    "DEFAULT_THROTTLE_CLASSES": ["hitl.api.access.PerCaller"],
    "DEFAULT_RENDERER_CLASSES": ["models_registry.api.bodies.Renderer"],
    "DEFAULT_PARSER_CLASSES": ["models_registry.api.bodies.Parser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "models_registry.api.problems.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "hitl",
    "VERSION": "1",
    "DESCRIPTION": "Cases in, decisions out; people where the model may not decide.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["hitl.api.schema.add_components"],
}

UNFOLD = {
    "SITE_TITLE": "hitl",
    "SITE_HEADER": "hitl",
    "SITE_SUBHEADER": "control room",
    "SITE_URL": reverse_lazy("start"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("hitl/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    # The accent of our own pages, from light to dark.
    "COLORS": {
        "primary": {
            "50": "#f1f5fe",
            "100": "#e4ecfc",
            "200": "#c8d8fa",
            "300": "#9db8ff",
            "400": "#8cabf7",
            "500": "#7c9ff5",
            "600": "#2451b8",
            "700": "#1e459d",
            "800": "#193a83",
            "900": "#152f69",
            "950": "#0d1d42",
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": text("HITL_LOG_LEVEL", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
