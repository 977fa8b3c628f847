// Functions and cells by value: their reduce values, made in C++ since every task that is sent has
// one.
//
//     Ref value = new_function_value(state, function, namespaces);
//     // (_value.function, (311, data, namespace, closure)[, state, None, None,
//     _value.fill_function])
//
// A function is made first from what can't refer to it: its code, the namespace that it shares with
// the functions of its module, and its cells, which are filled later. What may refer to it follows
// as its state. Threading: an attached thread state; may run Python code. Invariant: functions with
// the same globals get the same namespace object as long as `namespaces` lives.
#pragma once

#include <array>
#include <cstddef>

#include "codec/value/state.h"
#include "common/ref.h"

namespace anypickle {

/// The reduce value of a function. `namespaces` is a dict of its pickler's that lasts as long as
/// its memo. Null with the error set.
Ref new_function_value(ValueState* state, PyObject* function, PyObject* namespaces);

/// What a function has that a new one with its code in its namespace would not have.
struct FunctionAttributes {
    struct Item {
        PyObject* name;
        Ref value;
    };
    std::array<Item, 10> items;
    std::size_t count = 0;
};

/// Finds them. Runs code only where a function keeps annotations that another computes. False with
/// the error set.
bool find_attributes(ValueState* state, PyObject* function, PyObject* facts,
                     FunctionAttributes* found);

/// Adds the submodules of a package that `package.sub.mod` in code with these names may mean, if
/// they are imported, to the list. Runs nobody's code. False with the error set.
bool add_submodules(ValueState* state, PyObject* package, PyObject* names, PyObject* found);

/// The reduce value of a cell. Null with the error set.
Ref new_cell_value(ValueState* state, PyObject* cell);

/// Whether the annotations that a function or a class (of Python 3.14 or later) keeps are others
/// than its __annotate__, which may be null or None, gives: then they cross as well. -1 with an
/// error. Evaluates them, as whoever asked for them did.
int annotations_differ(PyObject* annotate, PyObject* kept);

/// Whether what a cell holds may be the own dict of a class. No error is set but for keys that
/// can't be compared.
bool may_be_of_class(ValueState* state, PyObject* content) noexcept;

/// Whether something can refer to nothing that is memoised: such content needs no second step.
bool is_atom(PyObject* object) noexcept;

}  // namespace anypickle
