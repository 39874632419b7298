"""Rollouts: verbs that start them, ask the challenger silently, count, move on, end and return."""
