// What counting keeps per interpreter.
#pragma once

#include "common/parts.h"

namespace anypickle {

class Counters;

struct TrafficState {
    Counters* counters = nullptr;
};

extern const Part traffic_part;

}  // namespace anypickle
