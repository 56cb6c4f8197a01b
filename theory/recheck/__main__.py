"""``python -m theory.recheck claims.json``: exit code 1 where a step does not follow."""

import json
import sys
from pathlib import Path

from .report import recheck, summary


def main() -> int:
    """Check the named files."""
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    if not names:
        print(
            "recheck: name a file of claims, as `pytest FILE --ganproof-claims claims.json` writes.",
            file=sys.stderr,
        )
        return 2
    wrong = 0
    for name in names:
        try:
            record = json.loads(Path(name).read_text(encoding="utf-8"))
            found = summary(recheck(record))
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"recheck: {name} holds no claims ({type(error).__name__}: {error}).", file=sys.stderr)
            return 2
        print(json.dumps(found, indent=1, ensure_ascii=False))
        wrong += len(found["disagree"])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
