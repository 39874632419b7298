"""Evidence at work: `comparing` consumes what people settled, `certifying` lets it widen the live
threshold, `guarding` acts on what the guard sees."""
