"""How the API server reads Dex's tokens."""

from rise_local.control_plane import CONTROLLERS, authentication


def test_only_health_is_anonymous() -> None:
    anonymous = authentication("https://dex", "PEM")["anonymous"]
    assert [each["path"] for each in anonymous["conditions"]] == ["/livez", "/readyz", "/healthz"]


def test_people_and_groups_are_prefixed() -> None:
    mappings = authentication("https://dex", "PEM")["jwt"][0]["claimMappings"]
    assert mappings["username"]["expression"] == "'rise:' + claims.email.lowerAscii()"
    assert mappings["groups"]["expression"] == (
        "dyn(claims.?groups.orValue([])).map(g, 'rise:idp:' + g) + ['rise:users']"
    )


def test_an_unverified_address_and_a_long_life_are_refused() -> None:
    rules = authentication("https://dex", "PEM")["jwt"][0]["claimValidationRules"]
    expressions = [rule["expression"] for rule in rules]
    assert "claims.email_verified == true" in expressions
    assert "claims.exp - claims.iat <= 3600" in expressions


def test_namespaces_and_garbage_are_looked_after() -> None:
    assert {"namespace", "garbagecollector", "root-ca-cert-publisher"} <= set(CONTROLLERS)
