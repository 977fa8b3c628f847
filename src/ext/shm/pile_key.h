// The plain beginning of an item of a PriorityQueue, compared without making Python objects.
//
//     Rank rank = compare_keys(key_in(message, key), key_in(other, other_key));
//     if (rank == Rank::kUnknown) ...      // the objects themselves have to be asked
//
// Exactly what `<` says of exact None, bool, int, float, str and bytes, and of tuples of them.
#pragma once

#include "anypickle/message_queue.h"

namespace anypickle::shm {

struct Key {
    Part bytes;          // an element, or a tuple of some, as in a message
    bool whole = false;  // that is all there is of it
};

enum class Rank { kLess, kNotLess, kUnknown };

Rank compare_keys(const Key& one, const Key& other);

/// The key of a message: written beside it, or it is plain itself.
Key key_in(Part message, Part key);

}  // namespace anypickle::shm
