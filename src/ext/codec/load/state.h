// What the load side of the codec keeps per interpreter.
#pragma once

#include "common/parts.h"

namespace anypickle {

struct LoadState {};

extern const Part load_part;

}  // namespace anypickle
