"""Addresses of the reviewing API, below /api/v1/."""

from django.urls import path

from reviews.api import comments, golds, numbers, people, preferences, views

urlpatterns = [
    path("referrals/claim", views.Claims.as_view(), name="api-claim"),
    path("referrals/leave", views.Leave.as_view(), name="api-leave"),
    path("referrals/<uuid:referral_id>/show", views.Show.as_view(), name="api-show"),
    path("referrals/<uuid:referral_id>/draft", views.Draft.as_view(), name="api-draft"),
    path("referrals/<uuid:referral_id>/renew", views.Renew.as_view(), name="api-renew"),
    path("referrals/<uuid:referral_id>/review", views.Reviews.as_view(), name="api-review"),
    path("referrals/<uuid:referral_id>/skip", views.Skip.as_view(), name="api-skip"),
    path("referrals/<uuid:referral_id>/release", views.Release.as_view(), name="api-release"),
    path("referrals/<uuid:referral_id>/comments", comments.Comments.as_view(), name="api-comments"),
    path("referrals/<uuid:referral_id>/open", comments.Open.as_view(), name="api-open"),
    path("me/preferences", preferences.Preferences.as_view(), name="api-preferences"),
    path("reviews/<uuid:review_id>/withdraw", views.Withdraw.as_view(), name="api-withdraw"),
    path("workflows/<slug:slug>/golds", golds.Golds.as_view(), name="api-golds"),
    path("workflows/<slug:slug>/golds/import", golds.Import.as_view(), name="api-golds-import"),
    path(
        "workflows/<slug:slug>/golds/<uuid:gold_id>/retire",
        golds.Retire.as_view(),
        name="api-retire",
    ),
    path("cases/<uuid:case_id>/gold", golds.CaseGold.as_view(), name="api-case-gold"),
    path("workflows/<slug:slug>/people", people.People.as_view(), name="api-people"),
    path("workflows/<slug:slug>/people/<int:user_id>/lift", people.Lift.as_view(), name="api-lift"),
    path(
        "workflows/<slug:slug>/people/agreement",
        people.PeopleAgreement.as_view(),
        name="api-people-agreement",
    ),
    path(
        "workflows/<slug:slug>/people/numbers",
        numbers.PeopleNumbers.as_view(),
        name="api-people-numbers",
    ),
    path("workflows/<slug:slug>/people/bias", numbers.PeopleBias.as_view(), name="api-people-bias"),
    path("me/numbers", numbers.MyNumbers.as_view(), name="api-my-numbers"),
]
