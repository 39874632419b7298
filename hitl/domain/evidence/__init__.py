"""Evidence: what blind human answers prove about a model's errors.

`grid` freezes the confidence thresholds that are tested, `counters` sums comparisons, `certifier`
says which thresholds are proven, `guard` watches what was automated. All of it can be computed
again, in any order, from the comparisons themselves.
"""
