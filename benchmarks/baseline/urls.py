"""The product's addresses and the baseline's."""

from django.urls import include, path

from benchmarks.baseline.views import Notes

urlpatterns = [path("baseline", Notes.as_view()), path("", include("hitl.urls"))]
