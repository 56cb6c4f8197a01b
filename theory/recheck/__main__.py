"""``python -m theory.recheck claims.json``: exit code 1 where a step does not follow."""

import json
import sys
from pathlib import Path

from .report import recheck, summary


def main() -> int:
    """Check the named files."""
    if len(sys.argv) < 2:
        print("name a file that `ganproof prove --claims FILE` wrote.", file=sys.stderr)
        return 2
    wrong = 0
    for name in sys.argv[1:]:
        found = summary(recheck(json.loads(Path(name).read_text(encoding="utf-8"))))
        print(json.dumps(found, indent=1, ensure_ascii=False))
        wrong += len(found["disagree"])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
