// What the ways across keep per interpreter: nothing, for who passes is noted by thread.
#pragma once

#include "common/parts.h"

namespace anypickle {

extern const Part crossing_part;

}  // namespace anypickle
