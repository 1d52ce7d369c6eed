"""Where `rise` begins: the credential plugin answers from its cache before anything is imported."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        if sys.argv[1:] == ["kube-credential"]:
            from rise_cli.credential import answer_from_cache  # noqa: PLC0415 - see above

            if answer_from_cache():
                return
        from rise_cli.main import run  # noqa: PLC0415 - see above
    except KeyboardInterrupt:  # from here on, `run` sees to it
        sys.exit(130)
    sys.exit(run())


if __name__ == "__main__":
    main()
