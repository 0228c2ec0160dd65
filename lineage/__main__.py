"""``python -m lineage`` is ``lineage``: for who has the package and not the folder of its command in the PATH."""

from lineage.commands.main import console

if __name__ == "__main__":
    console()
