"""What the organisation wants stopped: policy files, their evaluation and its explanation."""

from dlpguard.policy.evaluate import evaluate
from dlpguard.policy.explain import explain, for_log, for_sender, headline, sender_name, summary
from dlpguard.policy.language import Policies, Policy, load
from dlpguard.policy.problem import PolicyError, Problem
from dlpguard.policy.splitting import Judged, split

__all__ = [
    "Judged",
    "Policies",
    "Policy",
    "PolicyError",
    "Problem",
    "evaluate",
    "explain",
    "for_log",
    "for_sender",
    "headline",
    "load",
    "sender_name",
    "split",
    "summary",
]
