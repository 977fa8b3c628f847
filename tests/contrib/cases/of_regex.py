"""What crosses of regex, and what is refused."""


def make_all(tmp):
    import regex

    o = (regex.compile(r"a+"), regex.compile("(b)(?P<x>c)").search("abc"))
    return o


def check_all(o):
    assert o[0].match("aa") and o[1].group("x") == "c" and o[1].start() == 1
