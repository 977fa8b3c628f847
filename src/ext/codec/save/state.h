// What the save side of the codec keeps per interpreter.
#pragma once

#include "common/parts.h"

namespace anypickle {

struct SaveState {};

extern const Part save_part;

}  // namespace anypickle
