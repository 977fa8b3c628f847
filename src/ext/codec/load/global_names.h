// The two names of a global, made once for all streams that say them.
//
//     if (const GlobalNames::Pair* known = names.find(module, name); known != nullptr) ...
//     names.add(module, name, {module, name, object});
//
// Streams say the same few names each time. Strings that are kept know their hash and are those
// that modules have for keys, so that looking them up costs next to nothing.
//
// Threading: one interpreter's, under its GIL; knows nothing in free-threaded builds.
// Invariant: a pair is what the text decodes to; there is a place for each text, and others in it
// make way.
#pragma once

#include <Python.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/ref.h"

namespace anypickle::load {

class GlobalNames {
  public:
    struct Pair {
        Ref module;
        Ref name;
        Ref object;  ///< What they lead to, where that is for ever; else null.
    };

    /// The names of these texts; null if they are not known.
    [[nodiscard]] const Pair* find(std::string_view module, std::string_view name) const noexcept;
    /// Keeps the pair, but for the longest.
    void add(std::string_view module, std::string_view name, const Pair& pair) noexcept;
    void clear() noexcept { places_ = {}; }

  private:
    static constexpr std::size_t kLongest = 62;
    static constexpr int kPlaceBits = 6;
    struct Place {
        Pair pair;
        std::uint8_t module_size = 0;
        std::uint8_t name_size = 0;
        char text[kLongest];  // of both, without anything between them
    };
    [[nodiscard]] static std::size_t place_of(std::string_view module,
                                              std::string_view name) noexcept;

    std::array<Place, std::size_t{1} << kPlaceBits> places_{};
};

}  // namespace anypickle::load
