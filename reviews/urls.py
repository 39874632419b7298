"""Addresses of the pages on which people work."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from reviews.views import keeping, review, start

HELD = "review/<slug:slug>/<uuid:referral_id>"

urlpatterns = [
    path("", start.start, name="start"),
    path("sign-in", LoginView.as_view(template_name="reviews/sign_in.html"), name="login"),
    path("sign-out", LogoutView.as_view(), name="logout"),
    path("review/<slug:slug>/", review.review, name="review"),
    path("review/<slug:slug>/next", review.next_case, name="review-next"),
    path("review/<slug:slug>/ahead", keeping.ahead, name="review-ahead"),
    path("review/<slug:slug>/leave", keeping.leave, name="review-leave"),
    path("review/<slug:slug>/undo/<uuid:review_id>", review.undo, name="review-undo"),
    path(f"{HELD}/draft", keeping.draft, name="review-draft"),
    path(f"{HELD}/submit", review.submit, name="review-submit"),
    path(f"{HELD}/skip", review.skip, name="review-skip"),
    path(f"{HELD}/release", review.release, name="review-release"),
    path(f"{HELD}/renew", keeping.renew, name="review-renew"),
    path(f"{HELD}/again", review.again, name="review-again"),
]
