// What crossing by value keeps per interpreter.
#pragma once

#include "common/parts.h"

namespace anypickle {

struct ValueState {};

extern const Part value_part;

}  // namespace anypickle
