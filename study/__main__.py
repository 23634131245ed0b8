"""`python -m study`: the command line."""

from study.cli.commands import main

if __name__ == "__main__":
    main()
