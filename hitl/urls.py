"""Addresses of the whole service; the other apps are named by string only."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from hitl import views
from hitl.api.nowhere import Nowhere

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/", include("models_registry.api.urls")),
    path("api/v1/", include("hitl.api.urls")),
    path("api/v1/", include("reviews.api.urls")),
    path("api/v1/<path:anything>", Nowhere.as_view()),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema-file"),
    path("api/", SpectacularSwaggerSplitView.as_view(url_name="api-schema-file"), name="api-page"),
    path("admin/", admin.site.urls),
    path("", include("reviews.urls")),
]
