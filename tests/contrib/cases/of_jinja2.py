"""What crosses of jinja2, and what is refused."""


def make_all(tmp):
    import jinja2

    e = jinja2.Environment(loader=jinja2.FileSystemLoader(tmp))
    e.filters["up"] = lambda s: s.upper()
    e.globals["k"] = 5
    open(tmp + "/t.html", "w").write("{{ x|up }}{{ k }}")
    o = (e, e.get_template("t.html"))
    return o


def check_all(o):
    assert (
        o[0].get_template("t.html").render(x="a") == "A5"
        and o[1].render(x="b") == "B5"
        and o[1].environment is o[0]
    )


def make_sandbox(tmp):
    import jinja2.sandbox

    o = jinja2.sandbox.SandboxedEnvironment()
    return o


def check_sandbox(o):
    assert o.from_string("{{ 1+1 }}").render() == "2"


def refuse_from_string(tmp):
    import jinja2

    o = jinja2.Template("hi {{ x }}")
    return o, "string"
