"""Addresses of the registry's API, below /api/v1/."""

from django.urls import path

from models_registry.api import views

urlpatterns = [
    path("models", views.Models.as_view(), name="api-models"),
    path("models/<slug:name>/versions", views.Versions.as_view(), name="api-versions"),
]
