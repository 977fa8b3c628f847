// A Budget limits what reading one pickle may cost, whatever the stream asks for.
//
//     Budget budget;
//     budget.objects = 10'000;                       // everything else as by default
//     Verdict verdict = check(bytes, budget);        // kOverBudget: detail is the Limit that was
//     hit
//
// Threading: plain values; Costs belong to one run.
// Invariant: a cost is charged before it is paid, so going over a budget costs no more than the
// budget.
#pragma once

#include <cstdint>

namespace anypickle {

enum class Limit : std::uint8_t { kBytes, kObjects, kDepth, kMemo, kExpansion };

/// The name of a limit, as the fields of Budget have it.
const char* limit_name(Limit limit) noexcept;

struct Budget {
    std::uint64_t bytes = std::uint64_t{1} << 30;    ///< Sum of the sizes of strings and bytes.
    std::uint64_t objects = std::uint64_t{1} << 26;  ///< Values that the stream makes.
    std::uint64_t depth = 10'000;                    ///< Nesting of the result.
    std::uint64_t memo = std::uint64_t{1} << 26;     ///< Entries in the memo.
    std::uint64_t expansion =
        std::uint64_t{1} << 32;  ///< Nodes of the result walked as a tree, shared ones each time.

    /// Nothing is limited.
    static constexpr Budget unlimited() noexcept {
        return {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    }
};

/// Counts the costs of one run against its budget.
class Costs {
  public:
    explicit constexpr Costs(const Budget& budget) noexcept : budget_(budget) {}

    /// Each returns false when the charge would go over the budget.
    [[nodiscard]] bool charge_bytes(std::uint64_t count) noexcept {
        return charge(bytes_, count, budget_.bytes);
    }
    [[nodiscard]] bool charge_object() noexcept { return charge(objects_, 1, budget_.objects); }
    [[nodiscard]] bool charge_memo() noexcept { return charge(memo_, 1, budget_.memo); }

    [[nodiscard]] const Budget& budget() const noexcept { return budget_; }

  private:
    static bool charge(std::uint64_t& spent, std::uint64_t count, std::uint64_t limit) noexcept {
        if (count > limit - spent) return false;
        spent += count;
        return true;
    }

    Budget budget_;
    std::uint64_t bytes_ = 0;
    std::uint64_t objects_ = 0;
    std::uint64_t memo_ = 0;
};

}  // namespace anypickle
