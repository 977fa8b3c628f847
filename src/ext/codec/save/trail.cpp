#include "codec/save/trail.h"

#include <cmath>
#include <initializer_list>

#include "codec/save/notes.h"
#include "codec/save/stages.h"
#include "common/compat.h"
#include "common/errors.h"

namespace anypickle {
namespace {

/// Text of a Python string, or a stand-in when it cannot be had. Clears errors of its own.
std::string text_of(PyObject* string) {
    Py_ssize_t size = 0;
    const char* data = string == nullptr ? nullptr : PyUnicode_AsUTF8AndSize(string, &size);
    if (data == nullptr) {
        PyErr_Clear();
        return "?";
    }
    return {data, static_cast<size_t>(size)};
}

/// `base[i]`; as a function of its own because GCC 12 warns of std::string's operator+ (its bug
/// 105651).
void append_index(std::string& base, Py_ssize_t i) {
    base.append("[").append(std::to_string(i)).append("]");
}

/// `list(base)[i]`
std::string nth(const std::string& base, Py_ssize_t i) {
    std::string text("list(");
    text.append(base).append(")");
    append_index(text, i);
    return text;
}

bool has_plain_repr(PyObject* key) {
    constexpr Py_ssize_t kLongest = 200;
    if (PyUnicode_CheckExact(key)) return PyUnicode_GET_LENGTH(key) <= kLongest;
    if (PyBytes_CheckExact(key)) return PyBytes_GET_SIZE(key) <= kLongest;
    if (PyFloat_CheckExact(key)) return std::isfinite(PyFloat_AS_DOUBLE(key));
    return PyLong_CheckExact(key) || PyBool_Check(key) || key == Py_None;
}

/// Whether `object.name` can be written: `class` is an identifier, and can't.
bool is_name(PyObject* name) {
    if (!PyUnicode_Check(name) || !PyUnicode_IsIdentifier(name)) return false;
    const Ref module = Ref::steal(PyImport_ImportModule("keyword"));
    const Ref answer =
        Ref::steal(module ? PyObject_CallMethod(module.get(), "iskeyword", "O", name) : nullptr);
    if (!answer) PyErr_Clear();
    return answer.get() != Py_True;
}

/// `[key]`, as an expression; null text where the key has none that is short and says it all.
std::string subscript(const std::string& base, PyObject* key, Py_ssize_t index) {
    if (has_plain_repr(key)) {
        const Ref repr = Ref::steal(PyObject_Repr(key));
        if (repr) return std::string(base).append("[").append(text_of(repr.get())).append("]");
        PyErr_Clear();
    }
    return nth(base + ".values()", index);
}

/// Whether a class brings its own word in Python for one of these methods.
bool brings(PyTypeObject* type, std::initializer_list<const char*> names) {
    for (const char* text : names) {
        const Ref name = Ref::steal(PyUnicode_InternFromString(text));
        if (!name) PyErr_Clear();
        if (!name) continue;
        const ItemRef method = type_lookup(type, name.get());
        if (method && PyFunction_Check(method.get())) return true;
    }
    return false;
}

/// Whether `object[i]` is the i-th of the items that its reducer gives.
bool gives_own_items(PyObject* object) {
    return object != nullptr && !brings(Py_TYPE(object), {"__reduce_ex__", "__reduce__", "__iter__",
                                                          "items", "__getitem__"});
}

/// Whether `object.name` is where an item of its state comes from. Runs no code of the object's.
bool is_attribute(PyObject* object, PyObject* name) {
    if (object == nullptr || !is_name(name)) return false;
    PyTypeObject* type = Py_TYPE(object);
    if (brings(type, {"__getattribute__"})) return false;
    const ItemRef described = type_lookup(type, name);
    if (described && Py_IS_TYPE(described.get(), &PyMemberDescr_Type)) return true;
    if (described && Py_TYPE(described.get())->tp_descr_set != nullptr) return false;
    const bool has_dict = type->tp_dictoffset != 0
#ifdef Py_TPFLAGS_MANAGED_DICT
                          || PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)
#endif
        ;
    if (!has_dict) return false;
    const Ref dict = Ref::steal(PyObject_GenericGetDict(object, nullptr));
    const int contained = dict && PyDict_Check(dict.get()) ? PyDict_Contains(dict.get(), name) : 0;
    if (!dict || contained < 0) PyErr_Clear();
    return contained > 0;
}

/// Whether `cls.name` gives something else than what the class holds under that name.
bool is_bound(PyObject* attributes, PyObject* name) {
    const ItemRef value = dict_item(attributes, name);
    if (!value) PyErr_Clear();
    return value && !PyFunction_Check(value.get()) && Py_TYPE(value.get())->tp_descr_get != nullptr;
}

/// Follows the frames from the lowest on, and builds the expression of what each is writing.
class Expression {
  public:
    explicit Expression(int protocol)
        : reduced_(".__reduce_ex__(" + std::to_string(protocol) + ")") {}

    [[nodiscard]] const std::string& text() const { return text_; }

    void enter(const Frame& frame) {
        PyObject* state_of = std::exchange(state_of_, nullptr);
        const Py_ssize_t offset = std::exchange(offset_, 0);
        PyObject* arguments_of = std::exchange(arguments_of_, nullptr);
        PyObject* items_of = std::exchange(items_of_, nullptr);
        PyObject* value_of = std::exchange(value_of_, nullptr);
        switch (frame.kind) {
            case FrameKind::kList:
                return index(frame.position - 1);
            case FrameKind::kListItems:
                if (items_of != nullptr && !gives_own_items(items_of)) {
                    text_ = nth(owner_ + reduced_ + "[3]", frame.position - 1);
                    return;
                }
                return index(frame.position - 1);
            case FrameKind::kTuple:
                if (value_of != nullptr && value_part(value_of, frame.position - 1)) return;
                if (state_of != nullptr && PyTuple_GET_SIZE(frame.object) == 2) {
                    state_of_ = state_of;  // (dict, slots)
                    append_index(whole_, frame.position - 1);
                    text_ = whole_;
                    return;
                }
                if (arguments_of != nullptr && Py_IS_TYPE(arguments_of, &PyMethod_Type) &&
                    frame.position > 0) {
                    PyObject* part = PyTuple_GET_ITEM(frame.object, frame.position - 1);
                    const bool is_self = part == PyMethod_GET_SELF(arguments_of);
                    text_ = owner_ + (is_self ? ".__self__" : ".__func__");
                    return;
                }
                return index(frame.position - 1 + offset);
            case FrameKind::kSet:
            case FrameKind::kFrozenSet:
                text_ = nth(text_, frame.written - 1);
                return;
            case FrameKind::kDict:
                if (value_of != nullptr && frame.key != nullptr) {
                    return value_attribute(value_of, frame.object, frame.key);
                }
                return dict_item(frame, frame.key, frame.written - 1, state_of);
            case FrameKind::kDictItems:
                if (frame.key == nullptr) return;
                if (value_of != nullptr && frame.object != nullptr) {
                    return value_attribute(value_of, frame.object, PyTuple_GET_ITEM(frame.key, 0));
                }
                if (items_of != nullptr && !gives_own_items(items_of)) {
                    text_ = nth(owner_ + reduced_ + "[4]", frame.position - 1);
                    index(dict_saves_key(frame) ? 0 : 1);
                    return;
                }
                return dict_item(frame, PyTuple_GET_ITEM(frame.key, 0), frame.position - 1,
                                 state_of);
            case FrameKind::kReduce:
                return reduced(frame);
            case FrameKind::kGlobal:
            case FrameKind::kPersistent:
                return;
        }
    }

  private:
    void index(Py_ssize_t i) { append_index(text_, i); }

    void dict_item(const Frame& frame, PyObject* key, Py_ssize_t i, PyObject* state_of) {
        if (key == nullptr) return;
        if (dict_saves_key(frame)) {
            text_ = nth(text_, i);
        } else if (is_attribute(state_of, key)) {
            text_ = owner_ + "." + text_of(key);
        } else {
            text_ = subscript(state_of != nullptr ? whole_ : text_, key, i);
        }
    }

    /// The i-th of the arguments, or of the state, by which a function, class or cell goes by
    /// value: see reducers.functions and reducers.classes. False for what only the stream has.
    bool value_part(PyObject* object, Py_ssize_t i) {
        if (PyCell_Check(object)) {
            text_ = owner_ + ".cell_contents";
            return true;
        }
        const bool is_class = PyType_Check(object);
        if (is_class && (i == 5 || (value_state_ && i == 2))) {
            value_of_ = object;  // the dict of its attributes
            return true;
        }
        const char* name = value_state_         ? nullptr
                           : is_class && i == 2 ? ".__class__"
                           : is_class && i == 4 ? ".__bases__"
                           : is_class           ? nullptr
                           : i == 2             ? ".__globals__"
                           : i == 3             ? ".__closure__"
                                                : nullptr;
        if (name != nullptr) text_ = owner_ + name;
        return name != nullptr;
    }

    void value_attribute(PyObject* object, PyObject* attributes, PyObject* key) {
        const bool is_part = value_state_ && PyFunction_Check(object);
        if (is_part && PyUnicode_CompareWithASCIIString(key, "globals") == 0) {
            text_ = owner_ + ".__globals__";
        } else if (is_part && PyUnicode_CompareWithASCIIString(key, "__dict__") == 0) {
            value_of_ = object;  // its own attributes
            value_state_ = false;
        } else if (is_name(key) && !(PyType_Check(object) && is_bound(attributes, key))) {
            text_ = owner_ + "." + text_of(key);
        } else {
            text_ = subscript(owner_ + ".__dict__", key, 0);
        }
    }

    void reduced(const Frame& frame) {
        owner_ = text_;
        const bool is_cell = frame.object != nullptr && PyCell_Check(frame.object);
        const bool by_value = frame.by_value || is_cell;
        switch (reduce_saves(frame)) {
            case ReducePart::kCallable:
                text_ += frame.form == kFormCall || frame.form == kFormPartial ? reduced_ + "[0]"
                                                                               : ".__class__";
                return;
            case ReducePart::kArguments:
                offset_ = frame.form == kFormNewObj ? 1 : 0;
                arguments_of_ = frame.object;
                value_of_ = by_value ? frame.object : nullptr;
                value_state_ = false;
                text_ += reduced_ + "[1]";
                if (frame.form == kFormNewObjEx) index(1);
                return;
            case ReducePart::kKeywords:
                text_ += reduced_ + "[1][2]";
                return;
            case ReducePart::kState:
                if (is_cell) {
                    text_ += ".cell_contents";
                    return;
                }
                state_of_ = frame.object;
                value_of_ = by_value ? frame.object : nullptr;
                value_state_ = true;
                text_ += reduced_ + "[2]";
                whole_ = text_;
                return;
            case ReducePart::kSetter:
                text_ += reduced_ + "[5]";
                return;
            case ReducePart::kItself:
                items_of_ = frame.object;
                return;
        }
    }

    std::string text_ = "obj";
    std::string owner_;  ///< Of the innermost reduced object.
    std::string whole_;  ///< Of its state.
    std::string reduced_;
    PyObject* state_of_ = nullptr;  ///< Set while what is entered next is the state of that object.
    PyObject* arguments_of_ = nullptr;  ///< Likewise its arguments.
    PyObject* items_of_ = nullptr;      ///< Likewise the items that its reducer gives.
    PyObject* value_of_ = nullptr;  ///< Likewise what of a function, class or cell goes by value.
    bool value_state_ = false;      ///< Of its state, not its arguments.
    Py_ssize_t offset_ = 0;         ///< Arguments that the tuple lacks at its front.
};

}  // namespace

std::string Trail::path() {
    Expression expression(engine_.options_.protocol);
    const size_t depth = engine_.frames_.size();
    constexpr size_t kDeepest = 10000;
    size_t level = 0;
    engine_.frames_.each([&](const Frame& frame) {
        ++level;
        // The top frame counts only if it was writing a child: else it is the object itself that is
        // meant.
        const bool writes_child = level < depth || engine_.current_ != nullptr || engine_.failed_;
        if (level <= kDeepest && writes_child) expression.enter(frame);
    });
    return depth <= kDeepest ? expression.text() : expression.text() + "...";
}

PyObject* Trail::object() {
    if (engine_.failed_) return engine_.failed_.get();
    if (engine_.current_ != nullptr) return engine_.current_;
    PyObject* object = root_;
    engine_.frames_.each([&](const Frame& frame) {
        if (frame.object != nullptr) object = frame.object;
    });
    return object;
}

void Trail::annotate() {
    note_frames(engine_.frames_, engine_.current_ != nullptr || engine_.failed_);
    Ref error = Ref::steal(new_raised());
    if (!error) return;
    const bool ordinary =
        PyObject_TypeCheck(error.get(), reinterpret_cast<PyTypeObject*>(PyExc_Exception)) &&
        !PyErr_GivenExceptionMatches(error.get(), PyExc_MemoryError) &&
        !PyErr_GivenExceptionMatches(error.get(), PyExc_ImportError);
    const Ref known = Ref::steal(PyObject_GenericGetDict(error.get(), nullptr));
    const Ref key = Ref::steal(PyUnicode_InternFromString("path"));
    if (ordinary && known && key && PyDict_Contains(known.get(), key.get()) == 0) {
        const std::string where = path();
        const Ref text = Ref::steal(
            PyUnicode_DecodeUTF8(where.data(), static_cast<Py_ssize_t>(where.size()), "replace"));
        PyObject* culprit = object();
        if (text && culprit != nullptr &&
            PyObject_SetAttr(error.get(), key.get(), text.get()) == 0 &&
            PyObject_SetAttrString(error.get(), "object", culprit) == 0) {
            add_notes(error, culprit, text.get());
        }
    }
    PyErr_Clear();
    steal_raise(Py_NewRef(error.get()));
}

/// The notes of the house, in words, and the error that is to be raised: mostly the same. On the
/// error path only; a house without them yet changes nothing.
void Trail::add_notes(Ref& error, PyObject* culprit, PyObject* where) {
    const Ref notes = Ref::steal(PyImport_ImportModule("anypickle.explain.notes"));
    const Ref annotate =
        Ref::steal(notes ? PyObject_GetAttrString(notes.get(), "annotate") : nullptr);
    if (!annotate) return;
    Ref raised = Ref::steal(
        PyObject_CallFunctionObjArgs(annotate.get(), error.get(), culprit, where, nullptr));
    if (raised && PyExceptionInstance_Check(raised.get())) {
        error = std::move(raised);
        return;
    }
    // No stack left for it, say: a dumps() further up, which called this one, will tell.
    PyErr_Clear();
    if (PyObject_DelAttrString(error.get(), "path") < 0) PyErr_Clear();
}

}  // namespace anypickle
