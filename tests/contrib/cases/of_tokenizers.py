"""What crosses of tokenizers, and what is refused."""


def make_all(tmp):
    import tokenizers
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    t = Tokenizer(models.WordLevel({"a": 0, "b": 1, "[UNK]": 2}, unk_token="[UNK]"))
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    o = (t, t.model, t.pre_tokenizer, t.encode("a b c"), trainers.WordLevelTrainer(vocab_size=5))
    return o


def check_all(o):
    t, m, p, e, tr = o
    assert (
        t.encode("a b zz").ids == [0, 1, 2]
        and e.ids == [0, 1, 2]
        and p.pre_tokenize_str("a b")[0][0] == "a"
    )
    assert tr.vocab_size == 5


def refuse_custom(tmp):
    from tokenizers import Tokenizer, models, pre_tokenizers

    class P:
        def pre_tokenize(self, p):
            p.split(lambda i, n: [n[:1], n[1:]])

    o = Tokenizer(models.WordLevel({"a": 0, "b": 1, "[UNK]": 2}, unk_token="[UNK]"))
    o.pre_tokenizer = pre_tokenizers.PreTokenizer.custom(P())
    return o, "Custom"
