"""`python -m ohlora`."""

from ohlora.cli import main

if __name__ == "__main__":
    main()
