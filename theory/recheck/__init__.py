"""A second checker: it reads exported derivations alone and shares no code with the kernel.

Each step is checked again at random exact points that satisfy what is given: an identity must hold there
exactly, a sign is read off a ball that excludes zero. A step that cannot be checked is not covered, which is
not agreement. Some points do not prove a sign elsewhere: what is found is a disagreement, or none.

    python -m theory.recheck claims.json

From inside ``theory/`` the same is ``python -m recheck claims.json``: then nothing of the kernel is loaded.
"""

from .report import Verdict, recheck, summary

__all__ = ["Verdict", "recheck", "summary"]
