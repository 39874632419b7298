"""Addresses of the reviewing API, below /api/v1/."""

from django.urls import path

from reviews.api import views

urlpatterns = [
    path("referrals/claim", views.Claims.as_view(), name="api-claim"),
    path("referrals/leave", views.Leave.as_view(), name="api-leave"),
    path("referrals/<uuid:referral_id>/show", views.Show.as_view(), name="api-show"),
    path("referrals/<uuid:referral_id>/draft", views.Draft.as_view(), name="api-draft"),
    path("referrals/<uuid:referral_id>/renew", views.Renew.as_view(), name="api-renew"),
    path("referrals/<uuid:referral_id>/review", views.Reviews.as_view(), name="api-review"),
    path("referrals/<uuid:referral_id>/skip", views.Skip.as_view(), name="api-skip"),
    path("referrals/<uuid:referral_id>/release", views.Release.as_view(), name="api-release"),
    path("reviews/<uuid:review_id>/withdraw", views.Withdraw.as_view(), name="api-withdraw"),
]
