"""`python -m tpcheck` is the command `tpcheck`."""

from tpcheck.cli.app import main

if __name__ == "__main__":
    main()
