"""What crosses of anthropic, and what is refused."""

from tests.contrib.case import Case


def make_all(tmp):
    import os

    os.environ["ANTHROPIC_API_KEY"] = "sk-env"
    import anthropic

    c = anthropic.Anthropic(max_retries=7, default_headers={"a": "b"})
    o = (c, c.with_options(max_retries=9), c.messages)
    secret = "sk-env"
    return Case(o, secret=secret)


def check_all(o):
    assert (
        o[0].max_retries == 7
        and o[1].max_retries == 9
        and o[0].api_key == "sk-env"
        and o[0]._custom_headers["a"] == "b"
    )


def refuse_given(tmp):
    import anthropic

    o = anthropic.AsyncAnthropic(api_key="given-secret")
    return o, "secrets cross only"
