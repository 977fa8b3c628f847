#include "codec/value/code_cache.h"

#include <cstring>
#include <new>
#include <utility>

namespace anypickle {
namespace {

/// Two chains of multiplications, which the processor works on at once.
std::uint64_t hash_of(const char* bytes, std::size_t size) noexcept {
    constexpr std::uint64_t kOne = 0x9E3779B97F4A7C15ULL;
    constexpr std::uint64_t kTwo = 0xC2B2AE3D27D4EB4FULL;
    const auto word = [bytes](std::size_t at) {
        std::uint64_t found = 0;
        std::memcpy(&found, bytes + at, sizeof found);
        return found;
    };
    const auto step = [](std::uint64_t state, std::uint64_t input, std::uint64_t factor) {
        state = (state ^ input) * factor;
        return state ^ (state >> 29);
    };
    std::uint64_t one = size;
    std::uint64_t two = kOne;
    std::size_t at = 0;
    for (; at + 16 <= size; at += 16) {
        one = step(one, word(at), kOne);
        two = step(two, word(at + 8), kTwo);
    }
    if (size >= 16) {
        one = step(one, word(size - 16), kOne);
        two = step(two, word(size - 8), kTwo);
    } else {
        for (; at < size; ++at) one = step(one, static_cast<unsigned char>(bytes[at]), kOne);
    }
    return step(one, two, kTwo);
}

std::uint64_t hash_of(PyObject* data) noexcept {
    return hash_of(PyBytes_AS_STRING(data), static_cast<std::size_t>(PyBytes_GET_SIZE(data)));
}

bool same(PyObject* one, PyObject* other) noexcept {
    const Py_ssize_t size = PyBytes_GET_SIZE(one);
    return size == PyBytes_GET_SIZE(other) &&
           std::memcmp(PyBytes_AS_STRING(one), PyBytes_AS_STRING(other),
                       static_cast<std::size_t>(size)) == 0;
}

}  // namespace

Ref CodeCache::find(PyObject* data) noexcept {
    const std::uint64_t hash = hash_of(data);
    const Locked locked(mutex_);
    if (entries_.empty()) return Ref();
    const Entry* entry = &entries_[hash % kSets * 2];
    for (int i = 0; i < 2; ++i, ++entry) {
        if (entry->code && entry->hash == hash && same(entry->data.get(), data)) {
            return Ref::share(entry->code.get());
        }
    }
    return Ref();
}

void CodeCache::add(PyObject* data, PyObject* code) noexcept {
    const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(data));
    if (size > kLargest) return;
    const std::uint64_t hash = hash_of(data);
    std::vector<Entry> dropped;
    Entry oldest;
    const Locked locked(mutex_);
    if (bytes_ + size > kMostBytes) {
        dropped.swap(entries_);
        bytes_ = 0;
    }
    try {
        if (entries_.empty()) entries_.resize(kSets * 2);
    } catch (const std::bad_alloc&) {
        return;
    }
    Entry* younger = &entries_[hash % kSets * 2];
    Entry* older = younger + 1;
    if (older->data) bytes_ -= static_cast<std::size_t>(PyBytes_GET_SIZE(older->data.get()));
    oldest = std::exchange(*older, std::move(*younger));
    *younger = Entry{hash, Ref::share(data), Ref::share(code)};
    bytes_ += size;
}

void CodeCache::clear() noexcept {
    entries_.clear();
    bytes_ = 0;
}

}  // namespace anypickle
