"""Addresses of the reviewing API, below /api/v1/."""

from django.urls import path

from reviews.api import views

urlpatterns = [
    path("referrals/claim", views.Claims.as_view(), name="api-claim"),
    path("referrals/<uuid:referral_id>/review", views.Reviews.as_view(), name="api-review"),
    path("referrals/<uuid:referral_id>/skip", views.Skip.as_view(), name="api-skip"),
    path("referrals/<uuid:referral_id>/release", views.Release.as_view(), name="api-release"),
]
