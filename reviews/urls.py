"""Addresses of the pages on which people work."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from reviews import views

urlpatterns = [
    path("", views.start, name="start"),
    path("sign-in", LoginView.as_view(template_name="reviews/sign_in.html"), name="login"),
    path("sign-out", LogoutView.as_view(), name="logout"),
]
