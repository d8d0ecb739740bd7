"""`python -m dlpguard` is `dlpguard`."""

from dlpguard.commands import main

if __name__ == "__main__":
    main()
