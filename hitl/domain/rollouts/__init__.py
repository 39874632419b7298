"""Rollouts: a new version replaces an old one step by step, judged against people. Pure rules:
which arm a case belongs to, what the evidence says, what is done next."""
