// The machine over a source that has only a piece at a time, as a file that gives short reads: the
// verdict is that over all of it at once, and no piece is read beyond its end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "scan_backend.h"

using namespace anypickle;

namespace {

/// Each window lies in memory of its own that is exactly as long, for AddressSanitizer to guard.
class PieceSource {
  public:
    PieceSource(std::span<const std::uint8_t> bytes, std::size_t piece) noexcept
        : rest_(bytes), piece_(piece) {}
    ~PieceSource() {
        for (const std::span<std::uint8_t>& each : windows_) delete[] each.data();
    }
    PieceSource(const PieceSource&) = delete;
    PieceSource& operator=(const PieceSource&) = delete;

    [[nodiscard]] Window first() noexcept { return after({}, 0); }
    [[nodiscard]] Window more(Window window, std::size_t need) noexcept {
        const std::size_t missing = need - window.size();
        return missing > rest_.size() ? Window{} : after(window, std::max(missing, piece_));
    }
    [[nodiscard]] Line line(Window window) noexcept {
        while (!rest_.empty()) {
            window = after(window, piece_);
            if (const Line found = line_in(window)) return found;
        }
        return {};
    }
    [[nodiscard]] bool finish(Window) const noexcept { return true; }
    [[nodiscard]] Fault fault() const noexcept { return Fault::kTruncated; }
    /// Where in the whole stream: pieces before the one that holds the cursor count.
    [[nodiscard]] std::size_t offset(const std::uint8_t* cursor) const noexcept {
        const std::span<std::uint8_t>& last = windows_.back();
        return taken_ - static_cast<std::size_t>(last.data() + last.size() - cursor);
    }

  private:
    /// What is left of this window and so much behind it.
    Window after(Window window, std::size_t count) noexcept {
        count = std::min(count, rest_.size());
        const std::size_t size = window.size() + count;
        auto* bytes = new std::uint8_t[size];
        std::copy_n(window.cursor, window.size(), bytes);
        std::copy_n(rest_.data(), count, bytes + window.size());
        rest_ = rest_.subspan(count);
        taken_ += count;
        windows_.emplace_back(bytes, size);
        return {bytes, bytes + size};
    }

    std::span<const std::uint8_t> rest_;
    std::size_t piece_;
    std::size_t taken_ = 0;
    std::vector<std::span<std::uint8_t>> windows_;  // kept: a Report's names lie in them
};

/// Long bytes come out of the source itself, as in loading.
class Streaming : public ScanBackend {
  public:
    using ScanBackend::ScanBackend;
    template <class Source>
    Value binary_from(Binary kind, Source& source, Window& window, std::size_t size) noexcept {
        window = source.more(window, size);
        if (!window) return nothing();
        window.cursor += size;
        return binary(kind, window.cursor - size, size);
    }
};

template <class Backend, class Source>
Verdict run(Source& source) {
    Report report;
    Backend backend(Budget::unlimited(), &report);
    MemoTable<Backend> memo;
    Machine<Backend, Source> machine(backend, source, memo);
    typename Backend::Value result{};
    return machine.run(result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemorySource whole({data, size});
    const Verdict one = run<ScanBackend>(whole);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, size / 2 + 1}) {
        PieceSource pieces({data, size}, piece);
        const Verdict other = run<Streaming>(pieces);
        if (one.fault != other.fault || one.opcode != other.opcode) std::abort();
    }
    return 0;
}
