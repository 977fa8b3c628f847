// What the graph walk keeps per interpreter.
#pragma once

#include "common/parts.h"

namespace anypickle {

struct GraphState {};

extern const Part graph_part;

}  // namespace anypickle
