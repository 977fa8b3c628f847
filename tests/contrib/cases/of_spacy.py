"""What crosses of spaCy: pipelines, documents, and what is a view of one."""


def make_pipeline(tmp):
    import threading

    import spacy
    from spacy.language import Language

    class Careful:
        def __init__(self):
            self.lock = threading.Lock()
            self.shout = lambda text: text.upper()

        def __call__(self, doc):
            with self.lock:
                doc.user_data["shouted"] = self.shout(doc.text)
            return doc

    @Language.factory("careful")
    def make_careful(nlp, name):
        return Careful()

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("careful")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "ORG", "pattern": "Apple", "id": "apple"}])
    return nlp, ruler, nlp.get_pipe("careful")


def check_pipeline(o):
    nlp, ruler, careful = o
    doc = nlp("Apple is big. It is here.")
    assert [len(sentence) for sentence in doc.sents] == [4, 4]
    assert doc.ents[0].label_ == "ORG" and doc.user_data["shouted"].startswith("APPLE IS")
    assert nlp.get_pipe("careful") is careful and nlp.get_pipe("entity_ruler") is ruler


def make_views(tmp):
    import spacy
    from spacy.tokens import MorphAnalysis, Span

    nlp = spacy.blank("en")
    doc = nlp("Apple is big")
    doc.ents = [Span(doc, 0, 1, label="ORG", kb_id="Q312", span_id="one")]
    doc.spans["all"] = [doc[0:2], doc[1:3]]
    doc[1].morph = MorphAnalysis(nlp.vocab, "Number=Sing|Tense=Pres")
    views = doc.ents, doc[1], doc[1].morph, doc.spans["all"], doc.spans, doc.vocab["big"]
    return doc, *views


def check_views(o):
    doc, ents, token, morph, group, groups, lexeme = o
    (org,) = ents
    assert org.doc is doc is token.doc is group.doc
    assert (org.text, org.label_, org.kb_id_, org.id_) == ("Apple", "ORG", "Q312", "one")
    assert (token.i, token.text, str(morph)) == (1, "is", "Number=Sing|Tense=Pres")
    assert [span.text for span in group] == ["Apple is", "is big"]
    assert groups is doc.spans and list(groups) == ["all"] and lexeme.text == "big"


def make_matcher(tmp):
    import spacy
    from spacy.matcher import Matcher, PhraseMatcher

    nlp = spacy.blank("en")
    matcher, phrases = Matcher(nlp.vocab), PhraseMatcher(nlp.vocab)
    matcher.add("FRUIT", [[{"LOWER": "apple"}]], on_match=lambda m, doc, i, found: found.clear())
    phrases.add("FRUIT", [nlp.make_doc("Apple")])
    return nlp, matcher, phrases


def check_matcher(o):
    nlp, matcher, phrases = o
    doc = nlp("An Apple")
    assert nlp.vocab is matcher.vocab
    assert matcher(doc) == [] and [match[1:] for match in phrases(doc)] == [(1, 2)]
