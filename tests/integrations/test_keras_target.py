"""The table of targets in `anypickle.keras._target`, with stand-ins for models."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import anypickle

# Loaded by itself: the package needs scikit-learn, the table does not.
_spec = importlib.util.spec_from_file_location(
    "target_of_anypickle_keras", Path(anypickle.__file__).parent / "keras" / "_target.py"
)
target = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = target
_spec.loader.exec_module(target)
Head = target.Head


def model(loss: Any, width: int | None) -> Any:
    return SimpleNamespace(loss=loss, output_shape=(None, width))


class CategoricalCrossentropy:
    def get_config(self) -> dict[str, Any]:
        return {"from_logits": True}


def my_loss(y_true, y_pred):
    return 0


@pytest.mark.parametrize(
    ("loss", "width", "classes", "form"),
    [
        ("binary_crossentropy", 1, 2, "column"),
        ("binary_crossentropy", 2, 2, "one-hot"),
        ("hinge", 1, 2, "column"),
        ("mse", 1, 2, "column"),
        ("mse", 3, 3, "one-hot"),
        ("sparse_categorical_crossentropy", 3, 3, "codes"),
        ("categorical_crossentropy", 3, 3, "one-hot"),
        ("categorical_crossentropy", 5, 3, "one-hot"),
        (CategoricalCrossentropy(), 3, 3, "one-hot"),
        (["categorical_crossentropy"], 3, 3, "one-hot"),
        ({"out": "sparse_categorical_crossentropy"}, 3, 3, "codes"),
        (my_loss, 3, 3, "codes"),
        (my_loss, 1, 2, "column"),
    ],
)
def test_the_target_is_what_loss_and_output_need(loss, width, classes, form):
    assert Head.of(model(loss, width)).target(classes, unknown="codes") == form


@pytest.mark.parametrize(
    ("loss", "width", "classes"),
    [("binary_crossentropy", 1, 3), ("sparse_categorical_crossentropy", 3, 4), ("mse", 2, 3)],
)
def test_too_few_outputs_are_an_error_and_not_a_poor_score(loss, width, classes):
    with pytest.raises(ValueError, match=f"for {classes} classes; end it in Dense"):
        Head.of(model(loss, width)).target(classes)


def test_one_hot_is_as_wide_as_the_output():
    head = Head.of(model("categorical_crossentropy", 4))
    assert head.encode(np.array([0, 2]), "one-hot").tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]


def test_one_column_is_a_column():
    head = Head.of(model("binary_crossentropy", 1))
    assert head.encode(np.array([0, 1]), "column").tolist() == [[0], [1]]
    assert head.codes(np.array([[0.4], [0.6]]), 2).tolist() == [0, 1]
    assert head.probabilities(np.array([[0.25]]), 2).tolist() == [[0.75, 0.25]]


def test_logits_are_cut_at_zero_and_become_probabilities():
    head = Head("binary_crossentropy", 1, from_logits=True)
    assert head.codes(np.array([[0.4], [-0.4]]), 2).tolist() == [1, 0]
    assert head.probabilities(np.array([[0.0]]), 2).tolist() == [[0.5, 0.5]]
    head = Head.of(model(CategoricalCrossentropy(), 2))
    assert head.probabilities(np.array([[5.0, 5.0]]), 2).tolist() == [[0.5, 0.5]]


def test_a_hinge_is_cut_at_zero():
    assert Head("hinge", 1, False).codes(np.array([[0.4], [-0.4]]), 2).tolist() == [1, 0]


def test_outputs_without_a_class_are_never_predicted():
    head = Head("categorical_crossentropy", 3, from_logits=False)
    outputs = np.array([[0.2, 0.3, 0.5]])
    assert head.codes(outputs, 2).tolist() == [1]
    assert np.allclose(head.probabilities(outputs, 2), [[0.4, 0.6]])


def test_a_model_without_a_shape_is_asked_by_calling_it():
    class Unbuilt:
        loss = "mse"

        @property
        def output_shape(self) -> Any:
            raise AttributeError("not built")

        def __call__(self, x: Any) -> Any:
            return np.zeros((len(x), 3))

    assert Head.of(Unbuilt(), np.zeros((5, 2))).width == 3
    assert Head.of(Unbuilt()).width is None
