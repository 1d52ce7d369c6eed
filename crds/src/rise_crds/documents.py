"""Text with several YAML documents, as helm prints a chart."""

from typing import Any

import yaml

# PyYAML's own parser takes ten times as long; a build of PyYAML without libyaml has no other.
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def documents(text: str) -> list[Any]:
    """Return the documents of `text`; empty ones are left out.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    found = yaml.load_all(text, Loader=_LOADER)
    return [each for each in found if each]
