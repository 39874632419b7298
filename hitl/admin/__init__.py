"""The admin panel: control rooms, people, clients, models; each module registers its pages."""

from hitl.admin import clients, people, registry, workflows

__all__ = ["clients", "people", "registry", "workflows"]
