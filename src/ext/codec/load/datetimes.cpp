#include "codec/load/datetimes.h"

#include <datetime.h>

#include <cstdint>
#include <cstring>

#include "common/threading.h"

namespace anypickle::load {
namespace {

constexpr std::memory_order kSeen =
    kFreeThreaded ? std::memory_order_acquire : std::memory_order_relaxed;

bool is_named_like_a_date(const PyTypeObject* type) {
    return std::strcmp(type->tp_name, "datetime.datetime") == 0 ||
           std::strcmp(type->tp_name, "datetime.date") == 0;
}

const PyDateTime_CAPI* api_of(Dates& dates) {
    if (!dates.looked_for.load(kSeen)) {
        dates.looked_for = true;
        dates.api = PyCapsule_Import("datetime.datetime_CAPI", 0);
        PyErr_Clear();
    }
    return static_cast<const PyDateTime_CAPI*>(dates.api.load(kSeen));
}

int days_in(int year, int month) {
    constexpr std::int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool is_date(int year, int month, int day) {
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in(year, month);
}

}  // namespace

PyObject* new_date(Dates& dates, PyObject* type, PyObject* bytes) {
    const Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    if (size != 4 && size != 10) return nullptr;
    if (dates.api.load(kSeen) == nullptr &&
        !is_named_like_a_date(reinterpret_cast<PyTypeObject*>(type)))
        return nullptr;
    const PyDateTime_CAPI* api = api_of(dates);
    if (api == nullptr) return nullptr;
    const auto* b = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(bytes));
    const int year = b[0] << 8 | b[1];
    if (size == 4 && type == reinterpret_cast<PyObject*>(api->DateType)) {
        return is_date(year, b[2], b[3]) ? api->Date_FromDate(year, b[2], b[3], api->DateType)
                                         : nullptr;
    }
    if (size != 10 || type != reinterpret_cast<PyObject*>(api->DateTimeType)) return nullptr;
    const int month = b[2] & 0x7f;  // the high bit is the fold
    const int microsecond = b[7] << 16 | b[8] << 8 | b[9];
    if (!is_date(year, month, b[3]) || b[4] > 23 || b[5] > 59 || b[6] > 59 || microsecond > 999999)
        return nullptr;
    return api->DateTime_FromDateAndTimeAndFold(year, month, b[3], b[4], b[5], b[6], microsecond,
                                                Py_None, b[2] >> 7, api->DateTimeType);
}

}  // namespace anypickle::load
