"""Addresses of the deciding API, below /api/v1/."""

from django.urls import path

from hitl.api import cases, workflows

urlpatterns = [
    path("workflows", workflows.Workflows.as_view(), name="api-workflows"),
    path("workflows/<slug:slug>", workflows.OneWorkflow.as_view(), name="api-workflow"),
    path("workflows/<slug:slug>/cases", cases.WorkflowCases.as_view(), name="api-send"),
    path("workflows/<slug:slug>/level", workflows.Level.as_view(), name="api-level"),
    path("workflows/<slug:slug>/stop", workflows.Stop.as_view(), name="api-stop"),
    path("workflows/<slug:slug>/revisions", workflows.Revisions.as_view(), name="api-revisions"),
    path("workflows/<slug:slug>/schema", workflows.Schema.as_view(), name="api-schema"),
    path("workflows/<slug:slug>/metrics", workflows.Metrics.as_view(), name="api-metrics"),
    path("cases", cases.Cases.as_view(), name="api-cases"),
    path("cases/<uuid:case_id>", cases.OneCase.as_view(), name="api-case"),
    path("cases/<uuid:case_id>/feedback", cases.CaseFeedback.as_view(), name="api-feedback"),
]
