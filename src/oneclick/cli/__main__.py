"""`python -m oneclick.cli`: the same as `oneclick`, for those who know their interpreter but not its scripts."""

from oneclick.cli import main

if __name__ == "__main__":
    main(prog_name="oneclick")
