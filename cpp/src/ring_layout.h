// How records lie in a segment; shared by the two ends of a ring.
#pragma once

#include <cstring>

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

/// The record at a position, or null if there cannot be one: nothing read from shared memory is
/// believed.
inline RecordHeader* record_at(SegmentHeader* segment, std::uint64_t room, std::uint64_t position) {
    if (position < segment->base || room < sizeof(RecordHeader)) return nullptr;
    std::uint64_t offset = position - segment->base;
    if (offset > room - sizeof(RecordHeader) || offset % 16 != 0) return nullptr;
    auto* record = reinterpret_cast<RecordHeader*>(first_record(segment) + offset);
    bool whole = record->stamp == stamp_of(position) && room_for(record->length) <= room - offset;
    if (!whole || (record->kind != kInline && record->kind != kInBlock)) return nullptr;
    std::uint64_t references = record->references * sizeof(Block);
    if (references > record->length) return nullptr;
    if (record->kind == kInBlock && record->length - references != sizeof(InBlock)) return nullptr;
    return record;
}

inline Block reference_of(RecordHeader* record, std::size_t index) {
    Block block;
    std::memcpy(&block, reinterpret_cast<std::byte*>(record + 1) + index * sizeof block,
                sizeof block);
    return block;
}

/// The message itself, after the references.
inline std::byte* payload_of(RecordHeader* record) {
    return reinterpret_cast<std::byte*>(record + 1) + record->references * sizeof(Block);
}

inline std::uint64_t payload_length(const RecordHeader* record) {
    return record->length - record->references * sizeof(Block);
}

inline InBlock in_block_of(RecordHeader* record) {
    InBlock target;
    std::memcpy(&target, payload_of(record), sizeof target);
    return target;
}

inline Block block_of(RecordHeader* record) { return in_block_of(record).block; }

/// How many messages have passed an end: exact also while it moves, and after its owner died
/// half-way.
std::uint64_t count_of(const RingEnd& end);

}  // namespace anypickle
