"""spaCy: what is a view of a document or of a vocabulary crosses with that, and is the same view over there."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy
from anypickle.registry import Reduced, recipe


@recipe(
    "spacy.tokens.span:Span",
    policy=Policy.COPY,
    meaning="the same tokens of the document, which comes along",
)
def _reduce_span(found: Any, policy: Policy, crossing: Crossing) -> Reduced:
    names = (found.label_, found.kb_id_, found.id_)
    return _rebuild.reduced("contrib.spacy:span", found.doc, found.start, found.end, *names)


def span(doc: Any, start: int, end: int, label: str, kb_id: str, span_id: str) -> Any:
    """A part of a document."""
    from spacy.tokens import Span

    return Span(doc, start, end, label=label, kb_id=kb_id, span_id=span_id)


@recipe(
    "spacy.tokens.token:Token",
    policy=Policy.COPY,
    meaning="the same token of the document, which comes along",
)
def _reduce_token(token: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.spacy:item", token.doc, token.i)


@recipe(
    "spacy.lexeme:Lexeme",
    policy=Policy.COPY,
    meaning="the same entry of the vocabulary, which comes along",
)
def _reduce_lexeme(lexeme: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.spacy:item", lexeme.vocab, lexeme.orth)


def item(owner: Any, key: int) -> Any:
    """A token of a document, or an entry of a vocabulary."""
    return owner[key]


@recipe(
    "spacy.tokens.morphanalysis:MorphAnalysis",
    policy=Policy.COPY,
    meaning="the same features, with the vocabulary",
)
def _reduce_morphology(found: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.spacy:morphology", found.vocab, str(found))


def morphology(vocab: Any, features: str) -> Any:
    """The analysis of a word."""
    from spacy.tokens import MorphAnalysis

    return MorphAnalysis(vocab, features)


@recipe(
    "spacy.tokens.span_group:SpanGroup",
    policy=Policy.COPY,
    meaning="the same spans of the document, which comes along",
)
def _reduce_group(found: Any, policy: Policy, crossing: Crossing) -> Reduced:
    spans = [(s.start, s.end, s.label_, s.kb_id_, s.id_) for s in found]
    return _rebuild.reduced("contrib.spacy:group", found.doc, found.name, dict(found.attrs), spans)


def group(doc: Any, name: str, attrs: dict[str, Any], spans: list[Any]) -> Any:
    """Spans under one name; the document's own if it has them under that name."""
    from spacy.tokens import SpanGroup

    made = SpanGroup(doc, name=name, attrs=attrs, spans=[span(doc, *given) for given in spans])
    own = doc.spans.get(name)
    return own if own is not None and list(own) == list(made) else made


@recipe(
    "spacy.tokens._dict_proxies:SpanGroups",
    policy=Policy.COPY,
    meaning="the groups of spans of the document, which comes along",
)
def _reduce_groups(found: Any, policy: Policy, crossing: Crossing) -> Reduced:
    return _rebuild.reduced("contrib.spacy:groups", found.doc_ref())


def groups(doc: Any) -> Any:
    """The groups that a document has."""
    return doc.spans
