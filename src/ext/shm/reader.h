// A cursor over bytes that nothing is believed of.
//
//     Reader reader(data, length);
//     std::uint64_t count = 0;
//     if (!reader.read(&count)) return damaged();
//
// Invariant: never past the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "shm/message_format.h"

namespace anypickle::shm {

class Reader {
  public:
    Reader(const std::byte* data, std::uint64_t length)
        : start_(data), at_(data), end_(data + length) {}

    template <class Value>
    bool read(Value* value) {
        if (left() < sizeof(Value)) return false;
        std::memcpy(value, at_, sizeof(Value));
        at_ += sizeof(Value);
        return true;
    }
    const std::byte* take(std::uint64_t length) {
        if (length > left()) return nullptr;
        const std::byte* here = at_;
        at_ += length;
        return here;
    }
    bool align() { return take(aligned(offset()) - offset()) != nullptr; }
    [[nodiscard]] std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }
    [[nodiscard]] std::uint64_t offset() const { return static_cast<std::uint64_t>(at_ - start_); }

  private:
    const std::byte* start_;
    const std::byte* at_;
    const std::byte* end_;
};

}  // namespace anypickle::shm
