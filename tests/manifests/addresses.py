"""Which e-mail addresses count; the same wherever one stands."""

GOOD = [
    ("plain", "alice@example.com"),
    ("a plus and dots", "alice.b+shop@mail.example.com"),
    ("every character that the pattern names", '"a1.!#$%&*+/=?^_`{|}~-@example.com"'),
    ("an internationalized domain as ASCII", "alice@xn--bcher-kva.example"),
    ("254 characters", "a" * 242 + "@example.com"),
]
BAD = [
    ("upper case", "Alice@Example.com"),
    ("upper case in the domain", "alice@Example.com"),
    ("no at sign", "alice.example.com"),
    ("two at signs", "alice@bob@example.com"),
    ("no dot in the domain", "alice@localhost"),
    ("nobody at the domain", '"@example.com"'),
    ("no domain", '"alice@"'),
    ("a dot last", "alice@example.com."),
    ("a space before", '" alice@example.com"'),
    ("a line feed after", '"alice@example.com\\n"'),
    ("a second line", '"alice@example.com\\nbob@example.com"'),
    ("a display name", '"Alice <alice@example.com>"'),
    ("letters beyond ASCII", "älice@example.com"),
    ("a letter that only looks like a", "\u0430lice@example.com"),
    ("a letter whose lower case is ASCII", "\u212aarl@example.com"),
    ("Rise's prefix", '"rise:alice@example.com"'),
    ("a quote", '"o\'neil@example.com"'),
    ("255 characters", "a" * 243 + "@example.com"),
    ("nothing", '""'),
    ("a number", "5"),
    ("a list", "[alice@example.com]"),
]
