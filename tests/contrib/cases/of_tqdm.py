"""What crosses of tqdm, and what is refused."""


def make_all(tmp):
    import tqdm

    b = tqdm.tqdm(total=10, disable=False, ncols=40, desc="d")
    b.update(4)
    o = (
        b,
        tqdm.tqdm.get_lock(),
        tqdm.tqdm(range(3), disable=True),
        tqdm.tqdm(range(3), disable=False),
    )
    return o


def check_all(o):
    import tqdm

    assert (
        o[0].n == 4
        and o[0].desc.startswith("d")
        and o[1] is tqdm.tqdm.get_lock()
        and list(o[2]) == [0, 1, 2]
        and list(o[3]) == [0, 1, 2]
    )


def make_class(tmp):
    import tqdm
    from tqdm.auto import tqdm as T

    class B(T):
        def show(self):
            return self.n

    o = (tqdm.tqdm, T, B(total=3), tqdm.trange(4))
    return o


def check_class(o):
    o[2].update(1)
    assert o[2].show() == 1
