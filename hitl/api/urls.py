"""Addresses of the deciding API, below /api/v1/."""

from django.urls import path

from hitl.api import (
    bulk,
    cases,
    conditions,
    deliveries,
    endpoints,
    evidence,
    files,
    guidelines,
    ladder,
    rollouts,
    simulations,
    tables,
    workflows,
)

urlpatterns = [
    path("workflows", workflows.Workflows.as_view(), name="api-workflows"),
    path("workflows/<slug:slug>", workflows.OneWorkflow.as_view(), name="api-workflow"),
    path("workflows/<slug:slug>/cases", cases.WorkflowCases.as_view(), name="api-send"),
    path("workflows/<slug:slug>/level", workflows.Level.as_view(), name="api-level"),
    path("workflows/<slug:slug>/ladder", ladder.Ladder.as_view(), name="api-ladder"),
    path("workflows/<slug:slug>/promotions", ladder.Promotions.as_view(), name="api-promotions"),
    path(
        "workflows/<slug:slug>/proposals/<uuid:proposal_id>/confirm",
        ladder.Confirm.as_view(),
        name="api-confirm",
    ),
    path(
        "workflows/<slug:slug>/proposals/<uuid:proposal_id>/refuse",
        ladder.Refuse.as_view(),
        name="api-refuse",
    ),
    path(
        "workflows/<slug:slug>/proposals/<uuid:proposal_id>/withdraw",
        ladder.Withdraw.as_view(),
        name="api-withdraw",
    ),
    path("workflows/<slug:slug>/stop", workflows.Stop.as_view(), name="api-stop"),
    path("workflows/<slug:slug>/revisions", workflows.Revisions.as_view(), name="api-revisions"),
    path("workflows/<slug:slug>/schema", workflows.Schema.as_view(), name="api-schema"),
    path("workflows/<slug:slug>/metrics", workflows.Metrics.as_view(), name="api-metrics"),
    path(
        "workflows/<slug:slug>/conditions", conditions.Conditions.as_view(), name="api-conditions"
    ),
    path("workflows/<slug:slug>/evidence", evidence.Evidence.as_view(), name="api-evidence"),
    path("workflows/<slug:slug>/evidence/curve", evidence.Curve.as_view(), name="api-curve"),
    path(
        "workflows/<slug:slug>/certificates",
        evidence.Certificates.as_view(),
        name="api-certificates",
    ),
    path("workflows/<slug:slug>/rollouts", rollouts.Rollouts.as_view(), name="api-rollouts"),
    path(
        "workflows/<slug:slug>/rollouts/<uuid:rollout_id>",
        rollouts.OneRollout.as_view(),
        name="api-rollout",
    ),
    path(
        "workflows/<slug:slug>/rollouts/<uuid:rollout_id>/step",
        rollouts.Step.as_view(),
        name="api-rollout-step",
    ),
    path(
        "workflows/<slug:slug>/rollouts/<uuid:rollout_id>/promote",
        rollouts.Promote.as_view(),
        name="api-rollout-promote",
    ),
    path(
        "workflows/<slug:slug>/rollouts/<uuid:rollout_id>/abort",
        rollouts.Abort.as_view(),
        name="api-rollout-abort",
    ),
    path(
        "workflows/<slug:slug>/rollouts/<uuid:rollout_id>/pause",
        rollouts.Pause.as_view(),
        name="api-rollout-pause",
    ),
    path(
        "workflows/<slug:slug>/rollouts/<uuid:rollout_id>/resume",
        rollouts.Resume.as_view(),
        name="api-rollout-resume",
    ),
    path("workflows/<slug:slug>/return", rollouts.Return.as_view(), name="api-return"),
    path("workflows/<slug:slug>/answers", tables.Answers.as_view(), name="api-answers"),
    path(
        "workflows/<slug:slug>/guidelines", guidelines.Guidelines.as_view(), name="api-guidelines"
    ),
    path(
        "workflows/<slug:slug>/simulations",
        simulations.Simulations.as_view(),
        name="api-simulations",
    ),
    path("workflows/<slug:slug>/open", bulk.OpenCases.as_view(), name="api-open"),
    path("workflows/<slug:slug>/decide", bulk.Decide.as_view(), name="api-decide"),
    path("cases", cases.Cases.as_view(), name="api-cases"),
    path("cases/<uuid:case_id>", cases.OneCase.as_view(), name="api-case"),
    path("cases/<uuid:case_id>/feedback", cases.CaseFeedback.as_view(), name="api-feedback"),
    path(
        "cases/<uuid:case_id>/files/<slug:sha256>", files.CaseFile.as_view(), name="api-case-file"
    ),
    path("files", files.Files.as_view(), name="api-files"),
    path("endpoints", endpoints.Endpoints.as_view(), name="api-endpoints"),
    path("endpoints/<uuid:endpoint_id>", endpoints.OneEndpoint.as_view(), name="api-endpoint"),
    path("endpoints/<uuid:endpoint_id>/rotate", endpoints.Rotate.as_view(), name="api-rotate"),
    path("endpoints/<uuid:endpoint_id>/test", endpoints.Trial.as_view(), name="api-test"),
    path("endpoints/<uuid:endpoint_id>/replay", endpoints.Replay.as_view(), name="api-replay"),
    path("deliveries", deliveries.Deliveries.as_view(), name="api-deliveries"),
    path("deliveries/<uuid:delivery_id>", deliveries.OneDelivery.as_view(), name="api-delivery"),
    path(
        "deliveries/<uuid:delivery_id>/replay",
        deliveries.ReplayOne.as_view(),
        name="api-replay-one",
    ),
]
