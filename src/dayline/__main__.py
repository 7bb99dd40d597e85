"""``python -m dayline`` is ``dayline``."""

from dayline.cli import main

if __name__ == "__main__":
    main()
