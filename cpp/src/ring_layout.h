// How records lie in a segment; shared by the two ends of a ring.
#pragma once

#include <atomic>
#include <cstring>
#include <optional>

#include "anypickle/ring.h"

namespace anypickle {

inline constexpr std::uint64_t kRingMagic = 0x31676e69725f7061;
inline constexpr std::uint64_t kSegmentMagic = 0x31676d6567735f61;
inline constexpr std::uint64_t kFirstSegment = 64 * 1024;
inline constexpr std::uint64_t kLargestSegment = 4 * 1024 * 1024;

inline constexpr std::uint16_t kInline = 1;
inline constexpr std::uint16_t kInBlock = 2;

/// What a record says of a message in a block.
struct InBlock {
    Block block;
    std::uint64_t length;
};

/// Records begin at multiples of 16.
inline std::uint64_t room_for(std::uint64_t length) {
    return sizeof(RecordHeader) + ((length + 15) & ~15ULL);
}

inline std::uint64_t stamp_of(std::uint64_t position) { return position ^ 0x9e3779b97f4a7c15ULL; }

inline std::byte* first_record(SegmentHeader* segment) {
    return reinterpret_cast<std::byte*>(segment) + sizeof(SegmentHeader);
}

/// A record as it was when it was looked at: who shares the memory may write over it at any moment,
/// so that what was checked is not read again.
class Record {
  public:
    /// The record at a position, or none if there cannot be one.
    static std::optional<Record> at(SegmentHeader* segment, std::uint64_t room,
                                    std::uint64_t position) {
        std::uint64_t offset = position - segment->base;  // beyond all room if there is none before
        if (room < sizeof(RecordHeader) || offset > room - sizeof(RecordHeader) ||
            offset % 16 != 0) {
            return std::nullopt;
        }
        const Record found(first_record(segment) + offset);
        bool whole = found.header_.stamp == stamp_of(position) && found.room() <= room - offset &&
                     (found.header_.kind == kInline || found.header_.kind == kInBlock) &&
                     found.size_of_references() <= found.header_.length &&
                     (found.header_.kind == kInline || found.payload_length() == sizeof(InBlock));
        return whole ? std::optional(found) : std::nullopt;
    }

    /// Of the record and what follows it in the segment.
    [[nodiscard]] std::uint64_t room() const { return room_for(header_.length); }
    [[nodiscard]] bool in_block() const { return header_.kind == kInBlock; }
    [[nodiscard]] std::size_t references() const { return header_.references; }
    [[nodiscard]] Block reference(std::size_t index) const {
        return read<Block>(content_ + index * sizeof(Block));
    }
    /// The message itself, after the references.
    [[nodiscard]] const std::byte* payload() const { return content_ + size_of_references(); }
    [[nodiscard]] std::uint64_t payload_length() const {
        return header_.length - size_of_references();
    }
    [[nodiscard]] InBlock target() const { return read<InBlock>(payload()); }

  private:
    explicit Record(const std::byte* start)
        : header_(read<RecordHeader>(start)), content_(start + sizeof(RecordHeader)) {}

    template <class T>
    static T read(const std::byte* from) {
        T value;
        std::memcpy(&value, from, sizeof value);
        // The compiler may not read it from there again, as it could if nothing came in between.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        return value;
    }
    [[nodiscard]] std::uint64_t size_of_references() const {
        return header_.references * sizeof(Block);
    }

    RecordHeader header_;
    const std::byte* content_;
};

/// How many messages have passed an end: exact also while it moves, and after its owner died
/// half-way.
std::uint64_t count_of(const RingEnd& end);

}  // namespace anypickle
