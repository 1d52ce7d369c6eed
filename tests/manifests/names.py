"""How objects may be called; the same for every kind."""

from manifests.case import Case, manifest

GOOD = [
    ("one letter", "x"),
    ("forty characters", "a" * 40),
    ("letters, digits and dashes", "a-1-b2"),
    ("digits at the end", "shop2026"),
]
BAD = [
    ("41 characters", "a" * 41, "names are at most 40 characters"),
    ("a digit first", "1shop", "without '--'"),
    ("digits alone", '"2026"', "without '--'"),
    ("two dashes in a row", "shop--old", "without '--'"),
    ("a dash first", '"-shop"', "name"),
    ("a dash last", "shop-", "name"),
    ("upper case", "Shop", "name"),
    ("a dot", "shop.example", "without '--'"),
    ("an underscore", "my_shop", "name"),
    ("a space", '"my shop"', "name"),
    ("a letter beyond ASCII", "läden", "name"),
    ("a slash", "shop/web", "name"),
    ("a line feed after it", '"shop\\n"', "name"),
    ("nothing in it", '""', "name"),
    ("a number instead of text", "2026", "name"),
]


def cases(kind: str, spec: str) -> list[Case]:
    """Return the cases of `kind`, which is valid with `spec`."""
    good = [Case(f"a name: {it}", manifest(kind, name, spec)) for it, name in GOOD]
    bad = [Case(f"no name: {it}", manifest(kind, name, spec), fault) for it, name, fault in BAD]
    return [*good, *bad]


def envelopes(kind: str, spec: str) -> list[Case]:
    """Return the cases of what stands around `spec`."""
    good = manifest(kind, "agreed", spec)
    other = "Team" if kind == "Project" else "Project"
    return [
        Case("lines end with CR and LF", good.replace("\n", "\r\n")),
        Case("a comment and a document mark", f"---\n# ours\n{good}...\n"),
        Case("a byte order mark first", "\ufeff" + good),
        Case(
            "labels and annotations",
            good.replace("{name: agreed}", "{name: agreed, labels: {a: b}, annotations: {c: d}}"),
        ),
        Case("a status that was copied along", f"{good}status: {{observedGeneration: 7}}\n"),
        Case("a null status", f"{good}status: null\n"),
        Case("no spec", good.partition("spec:")[0], "spec"),
        Case("an empty spec", good.partition("spec:")[0] + "spec: {}\n", "spec.owner"),
        Case("a null spec", good.partition("spec:")[0] + "spec:\n", "spec"),
        Case("a spec that is a list", good.partition("spec:")[0] + "spec: []\n", "spec"),
        Case("a spec that is text", good.partition("spec:")[0] + "spec: shop\n", "spec"),
        Case("no name at all", good.replace("{name: agreed}", "{}"), "name"),
        Case("no apiVersion", good.partition("\n")[2], "version"),
        Case("a version that does not exist", good.replace("v1alpha1", "v9"), "version"),
        Case("another group", good.replace("rise.dev", "rise.example"), "rise.dev/v1alpha1"),
        Case("no kind", good.replace(f"kind: {kind}\n", ""), "kind"),
        Case("another kind", good.replace(f"kind: {kind}\n", f"kind: {other}\n"), kind),
        Case(
            "the kind in lower case", good.replace(f"kind: {kind}", f"kind: {kind.lower()}"), kind
        ),
        Case("an unknown field beside spec", f"{good}colour: blue\n", "colour"),
        Case("spec misspelt in capitals", good.replace("spec:", "Spec:"), "spec"),
    ]
