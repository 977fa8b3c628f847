#include "graph/walk.h"

#include <array>
#include <string_view>

#include "codec/save/engine.h"
#include "common/errors.h"

namespace anypickle {
namespace {

/// How many further places of one object are told: each costs a path, and there may be millions.
constexpr unsigned kMostPlaces = 100;

/// A module has a name, a spec, a loader and so on: smaller dicts are none.
constexpr Py_ssize_t kSmallestModule = 7;

constexpr size_t kSignalsEvery = size_t{1} << 16;

/// What the names of secrets contain, in lower case. A finding is made of the name and of the shape
/// of the value, in Python; here the great mass is left out.
constexpr std::array<std::string_view, 11> kSecretNames = {
    "api_key", "apikey",     "secret",           "token",
    "passw",   "credential", "private",          "access_key",
    "auth",    "pwd",        "connection_string"};

/// What the values of secrets begin with, those that say themselves what they are.
constexpr std::array<std::string_view, 12> kSecretValues = {
    "AKIA",   "ASIA", "AIza",  "ghp_",  "gho_", "ghs_",
    "glpat-", "sk-",  "xoxb-", "xoxp-", "eyJ",  "github_pat_"};
constexpr std::string_view kKeyFile = "-----BEGIN ";

/// Whether a string has the shape of a token or of a private key.
bool has_secret_shape(PyObject* object) {
    constexpr Py_ssize_t kShortest = 20;
    constexpr Py_ssize_t kLongest = 1 << 14;
    if (!PyUnicode_CheckExact(object) || !PyUnicode_IS_COMPACT_ASCII(object)) return false;
    const Py_ssize_t size = PyUnicode_GET_LENGTH(object);
    if (size < kShortest || size > kLongest) return false;
    const std::string_view value(reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(object)),
                                 static_cast<size_t>(size));
    if (value.front() == '-') {
        return value.starts_with(kKeyFile) && value.find("PRIVATE KEY-----") != value.npos;
    }
    bool begins = false;
    for (const std::string_view prefix : kSecretValues)
        begins = begins || value.starts_with(prefix);
    if (!begins || value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789-_.+/=") != value.npos) {
        return false;
    }
    if (value.starts_with("eyJ")) return value.find('.') != value.npos;  // a JSON Web Token
    return value.find_first_of("0123456789") != value.npos;
}

Py_ssize_t payload_size(PyObject* object) {
    if (PyUnicode_CheckExact(object)) {
        return PyUnicode_GET_LENGTH(object) * static_cast<Py_ssize_t>(PyUnicode_KIND(object));
    }
    if (PyBytes_CheckExact(object)) return PyBytes_GET_SIZE(object);
    if (PyByteArray_CheckExact(object)) return PyByteArray_GET_SIZE(object);
    if (PyPickleBuffer_Check(object)) {
        const Py_buffer* view = PyPickleBuffer_GetBuffer(object);
        if (view != nullptr) return view->len;
        PyErr_Clear();
    }
    return -1;
}

}  // namespace

bool Walk::tell(const char* event, PyObject* object, PyObject* detail) {
    const Ref name = Ref::steal(PyUnicode_InternFromString(event));
    if (!name) return false;
    return static_cast<bool>(
        Ref::steal(PyObject_CallMethodObjArgs(observer_, name.get(), object, detail, nullptr)));
}

Observer::Answer Walk::meets(Engine& engine, PyObject* object) {
    if (++visited_ > most_) {
        stopped_ = true;
        const Ref where = Ref::steal(engine.new_whereabouts());
        if (!where || !tell("ended", where.get())) return Answer::kFailed;
        PyErr_SetNone(PyExc_StopIteration);
        return Answer::kFailed;
    }
    if (visited_ % kSignalsEvery == 0 && !is_far()) return Answer::kFailed;
    if (engine.is_hashed_early(object) && !tell("hashed_early", object)) return Answer::kFailed;
    if (const auto known = followed_.find(object); known != followed_.end()) {
        const bool is_blocked = known->second.blocked;
        if (++known->second.again <= kMostPlaces && !tell("again", object)) return Answer::kFailed;
        if (is_blocked) return Answer::kPassOver;
    }
    if (copies_ && (PyType_Check(object) || PyFunction_Check(object) || PyCFunction_Check(object) ||
                    PyCode_Check(object))) {
        return Answer::kPassOver;
    }
    if (PyType_Check(object) || PyFunction_Check(object) || PyCFunction_Check(object)) {
        return named(object) ? Answer::kGoOn : Answer::kFailed;
    }
    if (PyDict_CheckExact(object) && PyDict_GET_SIZE(object) >= kSmallestModule &&
        is_namespace(object) && told_.try_emplace(object, Ref::share(object)).second &&
        !tell("namespace", object)) {
        return Answer::kFailed;
    }
    return meets_payload(object, engine.current_key());
}

/// Lets Ctrl-C through, and says how far the walk is.
bool Walk::is_far() {
    if (PyErr_CheckSignals() < 0) return false;
    const Ref count = Ref::steal(PyLong_FromSize_t(visited_));
    return count && tell("far", count.get());
}

/// Whether a dict may be that of a module.
bool Walk::is_namespace(PyObject* dict) {
    if (!builtins_) builtins_ = Ref::steal(PyUnicode_InternFromString("__builtins__"));
    const bool found = builtins_ && PyDict_Contains(dict, builtins_.get()) > 0;
    PyErr_Clear();
    return found;
}

/// Functions and classes, the first time.
bool Walk::named(PyObject* object) {
    const auto [place, is_new] = told_.try_emplace(object, Ref::share(object));
    return !is_new || tell("named", object);
}

Observer::Answer Walk::meets_payload(PyObject* object, PyObject* key) {
    const Py_ssize_t size = payload_size(object);
    if (size <= 0) return Answer::kGoOn;
    if (static_cast<size_t>(size) >= large_ &&
        told_.try_emplace(object, Ref::share(object)).second) {
        const Ref bytes = Ref::steal(PyLong_FromSsize_t(size));
        if (!bytes || !tell("large", object, bytes.get())) return Answer::kFailed;
    }
    if (key != nullptr && key != object && is_secret(key)) {
        if (!tell("secret", object, key)) return Answer::kFailed;
    } else if (has_secret_shape(object) && !tell("shaped", object)) {
        return Answer::kFailed;
    }
    return PyErr_Occurred() == nullptr ? Answer::kGoOn : Answer::kFailed;
}

/// Whether an item's key or an attribute's name promises a secret.
bool Walk::is_secret(PyObject* key) {
    if (!PyUnicode_CheckExact(key)) return false;
    if (const auto known = secret_.find(key); known != secret_.end()) return known->second;
    const Ref lower = Ref::steal(PyObject_CallMethod(key, "lower", nullptr));
    Py_ssize_t size = 0;
    const char* data = lower ? PyUnicode_AsUTF8AndSize(lower.get(), &size) : nullptr;
    if (data == nullptr) {
        PyErr_Clear();
        return false;
    }
    const std::string_view name(data, static_cast<size_t>(size));
    bool secret = false;
    for (const std::string_view part : kSecretNames)
        secret = secret || name.find(part) != std::string_view::npos;
    if (!key_hold_) key_hold_ = Ref::steal(PyList_New(0));
    if (!key_hold_ || PyList_Append(key_hold_.get(), key) < 0) return false;
    secret_.emplace(key, secret);
    return secret;
}

Observer::Answer Walk::blocked(Engine& /*engine*/, PyObject* object) {
    // An object that calls sys.exit() is told of; only Ctrl-C ends the walk.
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) ||
        PyErr_ExceptionMatches(PyExc_MemoryError) || stopped_) {
        return Answer::kFailed;
    }
    const Ref error = Ref::steal(new_raised());
    if (!error || !tell("blocked", object, error.get())) return Answer::kFailed;
    followed_[object].blocked = true;
    told_.try_emplace(object, Ref::share(object));
    return Answer::kGoOn;
}

void Walk::follow(PyObject* object) {
    followed_.try_emplace(object);
    told_.try_emplace(object, Ref::share(object));
}

}  // namespace anypickle
