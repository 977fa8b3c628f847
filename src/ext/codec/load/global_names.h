// The two names of a GLOBAL opcode, made once for all streams that say them.
//
//     if (const GlobalNames::Pair* known = names.find(text, first, second); known != nullptr) ...
//     names.add(text, first, second, {module, name, object});
//
// Streams of functions say the same few names each time. Strings that are kept know their hash, so
// that looking them up costs next to nothing.
//
// Threading: one interpreter's, under its GIL; knows nothing in free-threaded builds.
// Invariant: a pair is what the text decodes to; there is a place for each text, and others in it
// make way.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/ref.h"

namespace anypickle::load {

class GlobalNames {
  public:
    struct Pair {
        Ref module;
        Ref name;
        Ref object;  ///< What they lead to, where that is for ever; else null.
    };

    /// The names in the text `module\nname`, of which both sizes are given; null if they are not
    /// known.
    [[nodiscard]] const Pair* find(const char* text, std::size_t module_size,
                                   std::size_t name_size) const noexcept;
    /// Keeps the pair, but for the longest.
    void add(const char* text, std::size_t module_size, std::size_t name_size,
             const Pair& pair) noexcept;
    void clear() noexcept { places_ = {}; }

  private:
    static constexpr std::size_t kLongest = 62;
    static constexpr std::size_t kPlaces = 32;
    struct Place {
        Pair pair;
        std::uint8_t module_size = 0;
        std::uint8_t size = 0;
        char text[kLongest];
    };
    [[nodiscard]] static std::size_t place_of(const char* text, std::size_t size) noexcept;

    std::array<Place, kPlaces> places_{};
};

}  // namespace anypickle::load
