"""What crosses of openai, and what is refused."""

from tests.contrib.case import Case


def make_key_env(tmp):
    import os

    os.environ["OPENAI_API_KEY"] = "sk-env"
    import openai

    o = (
        openai.OpenAI(max_retries=7, timeout=3, base_url="http://localhost:1/v1"),
        openai.AsyncOpenAI(organization="org"),
    )
    secret = "sk-env"
    return Case(o, secret=secret)


def check_key_env(o):
    assert (
        o[0].api_key == "sk-env"
        and o[0].max_retries == 7
        and o[0].timeout == 3
        and o[1].organization == "org"
    )
    assert o[0].chat.completions is not None


def refuse_azure(tmp):
    import openai

    o = openai.AzureOpenAI(
        api_key="given-secret", azure_endpoint="http://localhost", api_version="2024-02-01"
    )
    return o, "secrets cross only"
