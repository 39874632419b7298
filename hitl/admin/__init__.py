"""The admin panel: control rooms, people, clients, models; each module registers its pages."""

from hitl.admin import clients, deliveries, endpoints, people, registry, workflows

__all__ = ["clients", "deliveries", "endpoints", "people", "registry", "workflows"]
