#include "codec/save/meter.h"

#include <cstring>
#include <exception>

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

bool Meter::begin() noexcept {
    if (counting_) return false;
    counting_ = true;
    written_ = 0;
    payloads_.clear();
    began_ = std::chrono::steady_clock::now();
    return true;
}

uint64_t Meter::end() noexcept {
    counting_ = false;
    const auto took = std::chrono::steady_clock::now() - began_;
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
}

void Meter::forget() noexcept {
    counting_ = false;
    const std::vector<Met> dropped = take_met();
}

void Meter::note(const char* data, Py_ssize_t size) noexcept {
    if (payloads_.size() >= kMostPayloads || size < Py_ssize_t{64}) return;
    try {
        payloads_.push_back({data, size, sampled(data, size)});
    } catch (const std::exception&) {
        return;  // counted without it
    }
}

void Meter::met(PyObject* kind, PyObject* policy) noexcept {
    if (!counting_) return;
    for (Met& known : met_) {
        if (known.kind.get() == kind && known.policy.get() == policy) {
            ++known.count;
            return;
        }
    }
    try {
        met_.push_back({Ref::share(kind), Ref::share(policy), 1});
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace anypickle
