// ContentGraph: what a pickle holds, as nodes that are to be digested.
//
//     ContentGraph graph;
//     auto list = graph.add(ContentGraph::Kind::kList);
//     graph.connect(list, ContentGraph::Tag::kItem, graph.leaf('i', bytes, size));
//     bool done = graph.digest(list, digest);
//
// The digest of a node is that of its kind and of the digests of what it holds, so it does not
// matter how often, and by whom, something is held. The items of dicts and sets are sorted by their
// digests. Nodes that hold each other, a cycle, are digested together: they are numbered in the
// order in which they are met from the one that is met first, and that numbering is written in
// their place. There the items of dicts and sets are sorted by what can be seen of them a few steps
// far; those that are alike that far, in a cycle with the set that holds them, stay in the order in
// which they came.
//
// Threading: that of its owner. Invariant: a node's edges are in the order in which they were made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "anypickle/digest.h"
#include "blake2b.h"

namespace anypickle {

class ContentGraph {
  public:
    using Id = std::uint32_t;
    static constexpr Id kNone = 0;
    static constexpr Id kMost = UINT32_MAX - 1;

    enum class Kind : std::uint8_t {
        kLeaf,  ///< Its digest is known, and it holds nothing.
        kTuple,
        kList,
        kDict,
        kSet,
        kFrozenSet,
        kGlobal,
        kObject,  ///< What a call made.
    };
    enum class Tag : std::uint8_t {
        kItem,
        kKey,  ///< Followed by its kValue.
        kValue,
        kElement,
        kCallable,
        kArguments,
        kKeywords,
        kType,  ///< As kCallable, of NEWOBJ.
        kState,
        kSetter,  ///< A call that was made for what it does to the node,
        kGiven,   ///< and what it was given.
    };

    /// A new node. kNone: no memory.
    Id add(Kind kind) noexcept;
    /// A leaf of this type with this content.
    Id leaf(char type, const void* bytes, std::size_t size) noexcept;
    /// False: no memory.
    bool connect(Id from, Tag tag, Id to) noexcept;

    [[nodiscard]] Kind kind(Id node) const noexcept { return nodes_[node].kind; }
    /// Calls visit(tag, to) for each edge of a node.
    template <class Visit>
    void each(Id node, Visit visit) const {
        for (std::uint32_t i = nodes_[node].first; i != kEnd; i = edges_[i].next) {
            visit(edges_[i].tag, edges_[i].to);
        }
    }

    /// False: no memory.
    bool digest(Id root, Digest& result) noexcept;

  private:
    static constexpr std::uint32_t kEnd = UINT32_MAX;
    static constexpr std::uint32_t kUnmet = UINT32_MAX;
    struct Node {
        Digest digest{};
        std::uint32_t first = kEnd;
        std::uint32_t last = kEnd;
        Kind kind = Kind::kLeaf;
    };
    struct Edge {
        Id to;
        std::uint32_t next;
        Tag tag;
    };
    /// What an item is sorted by, and hashed as: its digest, or its number within the cycle.
    struct Item {
        Id key;
        Id value;  ///< kNone in a set.
        Digest key_order;
        Digest value_order;
    };
    struct Frame {
        Id node;
        std::uint32_t edge;
    };

    [[nodiscard]] static bool has_items(Kind kind) noexcept {
        return kind == Kind::kDict || kind == Kind::kSet || kind == Kind::kFrozenSet;
    }
    [[nodiscard]] bool in_cycle(Id node) const noexcept { return component_[node] == cycle_; }

    enum class Walk : std::uint8_t { kDone, kFoundCycle };
    Walk walk(Id root);
    bool close(Id node);
    void digest_cycle(Id first, const std::vector<Id>& members);
    template <class Write>
    void write(Blake2b& hash, Id node, Write write);
    std::vector<Item> sorted_items(Id node);
    [[nodiscard]] Digest order_of(Id node) const noexcept;
    void find_looks();
    void sort_edges();

    std::vector<Node> nodes_{1};
    std::vector<Edge> edges_;
    bool some_items_ = false;  ///< There are dicts or sets.
    bool edges_sorted_ = false;
    std::vector<std::uint64_t> looks_;      ///< What can be seen of a node a few steps far.
    std::vector<std::uint32_t> met_;        ///< By node: the order in which the walk met them ...
    std::vector<std::uint32_t> reaches_;    ///< ... and the earliest open one that it leads to.
    std::vector<std::uint32_t> component_;  ///< By node: the cycle, or 0.
    std::vector<std::uint32_t> number_;     ///< By node: within its cycle.
    std::vector<Id> open_;
    std::uint32_t cycle_ = kUnmet;
};

}  // namespace anypickle
