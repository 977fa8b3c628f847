#include "content_graph.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace anypickle {
namespace {

constexpr int kSteps = 4;  ///< How far find_looks() looks.

std::uint64_t mix(std::uint64_t state, std::uint64_t input) noexcept {
    state = (state ^ input) * 0x9E3779B97F4A7C15U;
    state ^= state >> 29;
    state *= 0xC2B2AE3D27D4EB4FU;
    return state ^ (state >> 32);
}

/// Names that the hashes of nodes begin with, so that no two kinds of input are alike.
constexpr std::uint8_t kNode = 1;
constexpr std::uint8_t kCycle = 2;
constexpr std::uint8_t kMember = 3;
constexpr std::uint8_t kLong = 4;

}  // namespace

ContentGraph::Id ContentGraph::add(Kind kind) noexcept try {
    if (nodes_.size() >= kMost) return kNone;
    Node node;
    node.kind = kind;
    nodes_.push_back(node);
    some_items_ = some_items_ || has_items(kind);
    return static_cast<Id>(nodes_.size() - 1);
} catch (const std::bad_alloc&) {
    return kNone;
}

/// What is short is its own digest.
ContentGraph::Id ContentGraph::leaf(char type, const void* bytes, std::size_t size) noexcept {
    const Id made = add(Kind::kLeaf);
    if (made == kNone) return made;
    Digest& digest = nodes_[made].digest;
    if (size <= digest.size() - 2) {
        digest[0] = static_cast<std::uint8_t>(type);
        digest[1] = static_cast<std::uint8_t>(size);
        if (size > 0) std::memcpy(digest.data() + 2, bytes, size);
    } else {
        Blake2b hash;
        hash.add(kLong);
        hash.add(static_cast<std::uint8_t>(type));
        hash.add(bytes, size);
        digest = hash.finish();
    }
    return made;
}

bool ContentGraph::connect(Id from, Tag tag, Id to) noexcept try {
    if (edges_.size() >= kEnd) return false;
    const auto index = static_cast<std::uint32_t>(edges_.size());
    edges_.push_back({to, kEnd, tag});
    Node& node = nodes_[from];
    (node.first == kEnd ? node.first : edges_[node.last].next) = index;
    node.last = index;
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

bool ContentGraph::digest(Id root, Digest& result) noexcept try {
    if (walk(root) == Walk::kFoundCycle) {
        find_looks();
        sort_edges();
        edges_sorted_ = true;
        walk(root);
    }
    result = nodes_[root].digest;
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

/// Tarjan's strongly connected components, without recursion: what nodes hold is digested before
/// they are. Where there are dicts or sets, the order in which the parts of a cycle are met must
/// not be that of their items, so the walk stops at the first cycle until they are sorted.
ContentGraph::Walk ContentGraph::walk(Id root) {
    met_.assign(nodes_.size(), kUnmet);
    reaches_.assign(nodes_.size(), 0);
    component_.assign(nodes_.size(), 0);
    number_.assign(nodes_.size(), kUnmet);
    open_.clear();
    cycle_ = 0;
    std::uint32_t met = 0;
    std::vector<Frame> frames;
    const auto enter = [&](Id node) {
        met_[node] = reaches_[node] = met++;
        open_.push_back(node);
        frames.push_back({node, nodes_[node].first});
    };
    if (nodes_[root].kind != Kind::kLeaf) enter(root);
    while (!frames.empty()) {
        Frame& frame = frames.back();
        const Id node = frame.node;
        if (frame.edge != kEnd) {
            const Edge& edge = edges_[frame.edge];
            frame.edge = edge.next;
            if (nodes_[edge.to].kind == Kind::kLeaf) continue;
            if (met_[edge.to] == kUnmet) {
                enter(edge.to);
            } else if (component_[edge.to] == 0) {
                reaches_[node] = std::min(reaches_[node], met_[edge.to]);
            }
            continue;
        }
        frames.pop_back();
        if (!frames.empty()) {
            const Id holder = frames.back().node;
            reaches_[holder] = std::min(reaches_[holder], reaches_[node]);
        }
        if (reaches_[node] == met_[node] && !close(node)) return Walk::kFoundCycle;
    }
    return Walk::kDone;
}

/// All that the node leads to is digested but for what leads back to it. False: it is a cycle, and
/// edges are to be sorted first.
bool ContentGraph::close(Id node) {
    ++cycle_;
    if (open_.back() == node) {
        bool holds_itself = false;
        each(node, [&](Tag, Id to) { holds_itself = holds_itself || to == node; });
        if (!holds_itself) {
            open_.pop_back();
            Blake2b hash;
            hash.add(kNode);
            write(hash, node, [&](Id to) { hash.add(nodes_[to].digest); });
            nodes_[node].digest = hash.finish();
            component_[node] = cycle_;
            return true;
        }
    }
    if (some_items_ && !edges_sorted_) return false;
    const auto first = std::find(open_.rbegin(), open_.rend(), node).base() - 1;
    const std::vector<Id> members(first, open_.end());
    open_.erase(first, open_.end());
    for (const Id member : members) component_[member] = cycle_;
    digest_cycle(node, members);
    return true;
}

void ContentGraph::digest_cycle(Id first, const std::vector<Id>& members) {
    std::vector<Id> queue{first};
    number_[first] = 0;
    Blake2b hash;
    hash.add(kCycle);
    for (std::size_t i = 0; i < queue.size(); ++i) {
        write(hash, queue[i], [&](Id to) {
            hash.add(in_cycle(to) ? 1 : 0);
            if (!in_cycle(to)) {
                hash.add(nodes_[to].digest);
                return;
            }
            if (number_[to] == kUnmet) {
                number_[to] = static_cast<std::uint32_t>(queue.size());
                queue.push_back(to);
            }
            hash.add(&number_[to], sizeof number_[to]);
        });
    }
    const Digest all = hash.finish();
    for (const Id member : members) {
        Blake2b own;
        own.add(kMember);
        own.add(all);
        own.add(&number_[member], sizeof number_[member]);
        nodes_[member].digest = own.finish();
    }
}

/// Hashes a node; `write(to)` hashes what it holds. Items come first and sorted, the rest follows
/// in its order.
template <class Write>
void ContentGraph::write(Blake2b& hash, Id node, Write write) {
    hash.add(static_cast<std::uint8_t>(nodes_[node].kind));
    const bool items = has_items(nodes_[node].kind);
    if (items) {
        const std::vector<Item> sorted = sorted_items(node);
        const std::uint64_t count = sorted.size();
        hash.add(&count, sizeof count);
        for (const Item& item : sorted) {
            write(item.key);
            if (item.value != kNone) write(item.value);
        }
    }
    each(node, [&](Tag tag, Id to) {
        if (items && (tag == Tag::kKey || tag == Tag::kValue || tag == Tag::kElement)) return;
        hash.add(static_cast<std::uint8_t>(tag));
        write(to);
    });
    hash.add(std::uint8_t{0xFF});  // the end of its edges
}

std::vector<ContentGraph::Item> ContentGraph::sorted_items(Id node) {
    std::vector<Item> items;
    each(node, [&](Tag tag, Id to) {
        if (tag == Tag::kKey || tag == Tag::kElement) {
            items.push_back({to, kNone, order_of(to), {}});
        } else if (tag == Tag::kValue && !items.empty()) {
            items.back().value = to;
            items.back().value_order = order_of(to);
        }
    });
    std::stable_sort(items.begin(), items.end(), [](const Item& one, const Item& other) {
        return one.key_order != other.key_order ? one.key_order < other.key_order
                                                : one.value_order < other.value_order;
    });
    return items;
}

/// The digest, or what can be seen of a part of the cycle that is being digested.
Digest ContentGraph::order_of(Id node) const noexcept {
    if (nodes_[node].kind == Kind::kLeaf || !in_cycle(node)) return nodes_[node].digest;
    Digest order{};
    if (!looks_.empty()) std::memcpy(order.data(), &looks_[node], sizeof looks_[node]);
    return order;
}

void ContentGraph::find_looks() {
    looks_.assign(nodes_.size(), 0);
    for (Id node = 1; node < nodes_.size(); ++node) {
        looks_[node] = static_cast<std::uint64_t>(nodes_[node].kind) + 1;
        if (nodes_[node].kind != Kind::kLeaf) continue;
        for (std::size_t i = 0; i < 2; ++i) {
            std::uint64_t half = 0;
            std::memcpy(&half, nodes_[node].digest.data() + i * sizeof half, sizeof half);
            looks_[node] = mix(looks_[node], half);
        }
    }
    std::vector<std::uint64_t> next(looks_);
    for (int step = 0; step < kSteps; ++step) {
        for (Id node = 1; node < nodes_.size(); ++node) {
            if (nodes_[node].kind == Kind::kLeaf) continue;
            const bool items = has_items(nodes_[node].kind);
            std::uint64_t look = looks_[node];
            std::uint64_t sum = 0;
            std::uint64_t key = 0;
            each(node, [&](Tag tag, Id to) {
                if (items && tag == Tag::kKey) {
                    key = looks_[to];
                } else if (items && (tag == Tag::kValue || tag == Tag::kElement)) {
                    sum += mix(key, looks_[to]);
                } else {
                    look = mix(look, looks_[to] + static_cast<std::uint64_t>(tag));
                }
            });
            next[node] = mix(look, sum);
        }
        looks_.swap(next);
    }
}

/// Puts the items of dicts and sets in an order that does not depend on how they came.
void ContentGraph::sort_edges() {
    struct Pair {
        std::uint64_t key;
        std::uint64_t value;
        Id key_node;
        Id value_node;
    };
    std::vector<Pair> pairs;
    std::vector<std::uint32_t> places;
    for (Id node = 1; node < nodes_.size(); ++node) {
        if (!has_items(nodes_[node].kind)) continue;
        pairs.clear();
        places.clear();
        for (std::uint32_t i = nodes_[node].first; i != kEnd; i = edges_[i].next) {
            const Id to = edges_[i].to;
            switch (edges_[i].tag) {
                case Tag::kKey:
                case Tag::kElement:
                    pairs.push_back({looks_[to], 0, to, kNone});
                    places.push_back(i);
                    break;
                case Tag::kValue:
                    if (pairs.empty()) break;
                    pairs.back().value = looks_[to];
                    pairs.back().value_node = to;
                    places.push_back(i);
                    break;
                default:
                    break;
            }
        }
        std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& one, const Pair& other) {
            return one.key != other.key ? one.key < other.key : one.value < other.value;
        });
        std::size_t place = 0;
        for (const Pair& pair : pairs) {
            edges_[places[place++]].to = pair.key_node;
            if (pair.value_node != kNone) edges_[places[place++]].to = pair.value_node;
        }
    }
}

}  // namespace anypickle
