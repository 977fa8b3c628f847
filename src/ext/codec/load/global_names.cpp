#include "codec/load/global_names.h"

#include <cstring>

#include "common/compat.h"

namespace anypickle::load {
namespace {

/// The same text as the keys of the dicts that it will be looked up in: compared by address.
Ref new_interned(PyObject* text) noexcept {
    Py_INCREF(text);
    PyUnicode_InternInPlace(&text);
    return Ref::steal(text);
}

/// The name of a module as the module has it, which is the key of sys.modules, too.
Ref new_module_name(PyObject* text) noexcept {
    PyObject* module = PyDict_GetItemWithError(PyImport_GetModuleDict(), text);
    PyObject* name = module != nullptr && PyModule_CheckExact(module)
                         ? PyDict_GetItemString(PyModule_GetDict(module), "__name__")
                         : nullptr;
    const bool same =
        name != nullptr && PyUnicode_CheckExact(name) && PyUnicode_Compare(name, text) == 0;
    PyErr_Clear();
    return same ? Ref::share(name) : new_interned(text);
}

/// The last bytes of a text, up to eight.
std::uint64_t tail(std::string_view text) noexcept {
    std::uint64_t last = 0;
    if (text.size() >= sizeof last) {
        std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
    } else {
        for (const char c : text) last = last << 8 | static_cast<unsigned char>(c);
    }
    return last;
}

}  // namespace

std::size_t GlobalNames::place_of(std::string_view module, std::string_view name) noexcept {
    const std::uint64_t both = tail(module) * 3 ^ tail(name) ^ (module.size() << 5) ^ name.size();
    return static_cast<std::size_t>((both * 0x9E3779B97F4A7C15ULL) >> (64 - kPlaceBits));
}

const GlobalNames::Pair* GlobalNames::find(std::string_view module,
                                           std::string_view name) const noexcept {
    if (kFreeThreaded || module.size() + name.size() > kLongest) return nullptr;
    const Place& place = places_[place_of(module, name)];
    const bool same = place.module_size == module.size() && place.name_size == name.size() &&
                      std::memcmp(place.text, module.data(), module.size()) == 0 &&
                      std::memcmp(place.text + module.size(), name.data(), name.size()) == 0;
    return same && place.pair.name ? &place.pair : nullptr;
}

void GlobalNames::add(std::string_view module, std::string_view name, const Pair& pair) noexcept {
    if (kFreeThreaded || module.size() + name.size() > kLongest) return;
    Place& place = places_[place_of(module, name)];
    place.pair = {new_module_name(pair.module.get()), new_interned(pair.name.get()), pair.object};
    place.module_size = static_cast<std::uint8_t>(module.size());
    place.name_size = static_cast<std::uint8_t>(name.size());
    std::memcpy(place.text, module.data(), module.size());
    std::memcpy(place.text + module.size(), name.data(), name.size());
}

}  // namespace anypickle::load
