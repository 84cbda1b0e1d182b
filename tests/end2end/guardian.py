"""Ends what was started on a screen once nobody needs it any more, even if whoever started it was
killed and could not: waits for the end of its stdin, which comes with theirs.

usage: guardian.py MARK FOLDER
"""

import shutil
import sys

from tests.end2end.processes import end_marked

if __name__ == "__main__":
    mark, folder = sys.argv[1:]
    sys.stdin.read()
    end_marked(mark)
    shutil.rmtree(folder, ignore_errors=True)
