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

}  // namespace

std::size_t GlobalNames::place_of(const char* text, std::size_t size) noexcept {
    std::uint64_t last = 0;
    std::memcpy(&last, text + size - sizeof last, sizeof last);
    return static_cast<std::size_t>(((last ^ size) * 0x9E3779B97F4A7C15ULL) >> 59);
}

const GlobalNames::Pair* GlobalNames::find(const char* text, std::size_t module_size,
                                           std::size_t name_size) const noexcept {
    static_assert(kPlaces == 1 << 5);
    const std::size_t size = module_size + 1 + name_size;
    if (kFreeThreaded || size < 8 || size > kLongest) return nullptr;
    const Place& place = places_[place_of(text, size)];
    const bool same = place.size == size && place.module_size == module_size &&
                      std::memcmp(place.text, text, size) == 0;
    return same ? &place.pair : nullptr;
}

void GlobalNames::add(const char* text, std::size_t module_size, std::size_t name_size,
                      const Pair& pair) noexcept {
    const std::size_t size = module_size + 1 + name_size;
    if (kFreeThreaded || size < 8 || size > kLongest) return;
    Place& place = places_[place_of(text, size)];
    place.pair = {new_interned(pair.module.get()), new_interned(pair.name.get()), pair.object};
    place.module_size = static_cast<std::uint8_t>(module_size);
    place.size = static_cast<std::uint8_t>(size);
    std::memcpy(place.text, text, size);
}

}  // namespace anypickle::load
