"""What the organisation wants stopped: policy files, their evaluation and its explanation."""

from dlpguard.policy.evaluate import evaluate
from dlpguard.policy.explain import explain, headline, summary
from dlpguard.policy.language import Policies, Policy, load
from dlpguard.policy.schema import schema

__all__ = ["Policies", "Policy", "evaluate", "explain", "headline", "load", "schema", "summary"]
