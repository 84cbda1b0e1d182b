import sys
from pathlib import Path

# The scripts find each other because Python puts the folder of a script on its path.
sys.path.insert(0, str(Path(__file__).parents[3] / "packaging"))
