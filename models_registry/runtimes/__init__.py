"""Runtimes: code that can load or call one kind of model. One file per kind, named in settings."""

from models_registry.runtimes.base import RUNTIMES, Inspection, Loaded, Runtime

__all__ = ["RUNTIMES", "Inspection", "Loaded", "Runtime"]
