"""The scripted browser reads forms as a browser does."""

from rise_local.browser import forms

APPROVAL = """
<form method="post"><input type="hidden" name="req" value="a1"/>
<input type="hidden" name="approval" value="approve"><button type="submit">Grant</button></form>
<form method="post"><input type="hidden" name="approval" value="rejected"></form>
"""


def test_every_form_keeps_its_own_fields() -> None:
    first, second = forms(APPROVAL)
    assert first.fields == {"req": "a1", "approval": "approve"}
    assert second.fields == {"approval": "rejected"}


def test_the_action_is_unescaped() -> None:
    (form,) = forms('<form action="/auth?back=&amp;state=x"><input name="login"></form>')
    assert form.action == "/auth?back=&state=x"
    assert form.fields == {"login": ""}


def test_a_page_without_form_has_none() -> None:
    assert forms("<h2>Login Successful</h2><input name='lost'>") == []
