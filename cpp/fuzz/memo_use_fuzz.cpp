// MemoUse: leaving out the entries that it calls never read changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "anypickle/memo_use.h"
#include "scan_backend.h"

using namespace anypickle;

namespace {

/// Looks ahead, as loading does.
class Forgetful : public ScanBackend {
  public:
    Forgetful(const std::uint8_t* end) : ScanBackend(Budget::unlimited(), nullptr), end_(end) {}

    [[nodiscard]] bool never_read(std::size_t index) const noexcept {
        return use_.never_read(index);
    }
    Keep keep(const Window& window, std::size_t index, std::size_t count) noexcept {
        if (!use_.scanned()) use_.scan({window.cursor, end_}, count);
        return use_.never_read(index) ? Keep::kNobodyReadsIt : Keep::kYes;
    }

  private:
    const std::uint8_t* end_;
    MemoUse use_;
};

template <class Backend>
Verdict run(Backend& backend, const std::uint8_t* data, std::size_t size) {
    MemorySource source({data, size});
    MemoTable<Backend> memo;
    Machine<Backend, MemorySource> machine(backend, source, memo);
    typename Backend::Value result{};
    return machine.run(result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ScanBackend plain(Budget::unlimited(), nullptr);
    Forgetful forgetful(data + size);
    const Verdict one = run(plain, data, size);
    const Verdict other = run(forgetful, data, size);
    if (one.fault != other.fault || one.offset != other.offset) std::abort();
    return 0;
}
