"""From a symptom to its cause: rules as data, evidence, and the judgement. Pure."""
