"""Addresses of the pages on which people work."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from reviews import views

urlpatterns = [
    path("", views.start, name="start"),
    path("sign-in", LoginView.as_view(template_name="reviews/sign_in.html"), name="login"),
    path("sign-out", LogoutView.as_view(), name="logout"),
    path("review/<slug:slug>/", views.review, name="review"),
    path("review/<slug:slug>/next", views.next_case, name="review-next"),
    path("review/<slug:slug>/<uuid:referral_id>/submit", views.submit, name="review-submit"),
    path("review/<slug:slug>/<uuid:referral_id>/skip", views.skip, name="review-skip"),
    path("review/<slug:slug>/<uuid:referral_id>/release", views.release, name="review-release"),
    path("review/<slug:slug>/<uuid:referral_id>/renew", views.renew, name="review-renew"),
    path("review/<slug:slug>/<uuid:referral_id>/again", views.again, name="review-again"),
]
