#include "codec/save/meter.h"

#include <cstring>
#include <exception>

#include "common/ref.h"

namespace anypickle {
namespace {

thread_local Meter meter;

/// A digest of 64 places of the payload.
uint64_t sampled(const char* data, Py_ssize_t size) noexcept {
    constexpr Py_ssize_t kPlaces = 64;
    constexpr uint64_t kPrime = 0x100000001b3;
    uint64_t digest = 0xcbf29ce484222325;
    const Py_ssize_t width = static_cast<Py_ssize_t>(sizeof(uint64_t));
    for (Py_ssize_t i = 0; i < kPlaces; ++i) {
        uint64_t word = 0;
        std::memcpy(&word, data + (size - width) / kPlaces * i, sizeof word);
        digest = (digest ^ word) * kPrime;
    }
    return digest;
}

}  // namespace

Meter& Meter::of_thread() noexcept { return meter; }

void Meter::begin() noexcept {
    counting_ = true;
    written_ = 0;
    payloads_.clear();
}

void Meter::note(const char* data, Py_ssize_t size) noexcept {
    if (payloads_.size() >= kMostPayloads || size < Py_ssize_t{64}) return;
    try {
        payloads_.push_back({data, size, sampled(data, size)});
    } catch (const std::exception&) {
        return;  // counted without it
    }
}

PyObject* Meter::new_counted() {
    counting_ = false;
    const auto count = static_cast<Py_ssize_t>(payloads_.size());
    const Ref payloads = Ref::steal(PyTuple_New(count));
    if (!payloads) return nullptr;
    for (Py_ssize_t i = 0; i < count; ++i) {
        const Payload& payload = payloads_[static_cast<size_t>(i)];
        PyObject* entry =
            Py_BuildValue("KnK", reinterpret_cast<unsigned long long>(payload.data), payload.size,
                          static_cast<unsigned long long>(payload.samples));
        if (entry == nullptr) return nullptr;
        PyTuple_SET_ITEM(payloads.get(), i, entry);
    }
    return Py_BuildValue("KO", static_cast<unsigned long long>(written_), payloads.get());
}

}  // namespace anypickle
