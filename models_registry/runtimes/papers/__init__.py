"""Invoices and delivery notes for the demo: made here, with misprints, and read by small models
that were trained on others of their kind. Nothing in them is real, and each says so."""
