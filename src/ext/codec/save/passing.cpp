#include "codec/save/passing.h"

#include <algorithm>

namespace anypickle {
namespace {

struct Thread {
    std::vector<Passing::Entry> entries;
    uint64_t last = 0;
};

thread_local Thread thread;

}  // namespace

std::vector<Passing::Entry>& Passing::of_thread() noexcept { return thread.entries; }

const Passing::Entry* Passing::untold() noexcept {
    const std::vector<Entry>& all = thread.entries;
    if (all.empty()) return nullptr;
    const PyInterpreterState* here = PyInterpreterState_Get();
    for (auto entry = all.rbegin(); entry != all.rend(); ++entry) {
        if (entry->interpreter == here) return entry->told ? nullptr : &*entry;
    }
    return nullptr;
}

Passing::Passing(PyObject* gate, PyObject* channel, PyObject* root) : number_(++thread.last) {
    thread.entries.push_back({gate, channel, root, PyInterpreterState_Get(), number_, false});
}

Passing::~Passing() {
    std::vector<Entry>& all = thread.entries;
    if (all.back().number == number_) {
        all.pop_back();
    } else {
        std::erase_if(all, [this](const Entry& entry) { return entry.number == number_; });
    }
}

bool Passing::is_told() const noexcept {
    const std::vector<Entry>& all = thread.entries;
    if (all.back().number == number_) return all.back().told;
    const auto mine = std::find_if(all.begin(), all.end(),
                                   [this](const Entry& entry) { return entry.number == number_; });
    return mine != all.end() && mine->told;
}

}  // namespace anypickle
