"""Addresses of the pages on which people work."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from reviews.views import case, files, keeping, numbers, preferences, review, start

HELD = "review/<slug:slug>/<uuid:referral_id>"
FILE = "files/<uuid:referral_id>/<slug:sha256>"

urlpatterns = [
    path("", start.start, name="start"),
    path("sign-in", LoginView.as_view(template_name="reviews/sign_in.html"), name="login"),
    path("sign-out", LogoutView.as_view(), name="logout"),
    path("preferences", preferences.mine, name="preferences"),
    path("answers", case.answers, name="answers"),
    path("cases/<uuid:referral_id>", case.case, name="case"),
    path("cases/<uuid:referral_id>/comments", case.say, name="case-say"),
    path("mentions/<uuid:mention_id>", case.mention, name="mention"),
    path("numbers/<slug:slug>", numbers.numbers, name="numbers"),
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
    path(FILE, files.whole, name="file"),
    path(f"{FILE}/pages", files.pages, name="file-pages"),
    path(f"{FILE}/pages/<int:number>", files.page, name="file-page"),
    path(f"{FILE}/peaks", files.peaks, name="file-peaks"),
]
