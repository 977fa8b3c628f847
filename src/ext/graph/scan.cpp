#include "graph/scan.h"

#include "anypickle/scan.h"
#include "common/ref.h"

namespace anypickle {
namespace {

/// Holds a buffer for as long as it is read.
class View {
  public:
    View() noexcept = default;
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    ~View() {
        if (held_) PyBuffer_Release(&buffer_);
    }

    bool open(PyObject* object) noexcept {
        held_ = PyObject_GetBuffer(object, &buffer_, PyBUF_SIMPLE) == 0;
        return held_;
    }

    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
        return {static_cast<const std::uint8_t*>(buffer_.buf),
                static_cast<std::size_t>(buffer_.len)};
    }

  private:
    Py_buffer buffer_{};
    bool held_ = false;
};

PyObject* new_text(const std::string& text) {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()),
                                "backslashreplace");
}

PyObject* new_roles(std::uint8_t roles) {
    struct Named {
        Role role;
        const char* name;
    };
    static constexpr Named kRoles[] = {{Role::kCalled, "called"},
                                       {Role::kInstantiated, "instantiated"},
                                       {Role::kBuilt, "built"},
                                       {Role::kFilled, "filled"}};
    Ref names = Ref::steal(PyList_New(0));
    for (const Named& named : kRoles) {
        if ((roles & bit(named.role)) == 0) continue;
        const Ref name = Ref::steal(PyUnicode_FromString(named.name));
        if (!names || !name || PyList_Append(names.get(), name.get()) < 0) return nullptr;
    }
    return names ? PyList_AsTuple(names.get()) : nullptr;
}

PyObject* new_use(const GlobalUse& use) {
    const Ref module = Ref::steal(new_text(use.module));
    const Ref name = Ref::steal(new_text(use.name));
    const Ref roles = Ref::steal(new_roles(use.roles));
    if (!module || !name || !roles) return nullptr;
    return Py_BuildValue(
        "{s:O,s:O,s:O,s:K,s:K,s:O,s:L}", "module", module.get(), "name", name.get(), "roles",
        roles.get(), "offset", static_cast<unsigned long long>(use.offset), "count",
        static_cast<unsigned long long>(use.count), "computed", use.computed ? Py_True : Py_False,
        "extension", static_cast<long long>(use.extension));
}

}  // namespace

PyObject* scan_stream(PyObject*, PyObject* data) {
    View view;
    if (!view.open(data)) return nullptr;
    Report report;
    Verdict verdict;
    Py_BEGIN_ALLOW_THREADS verdict = scan(view.bytes(), Budget{}, report);
    Py_END_ALLOW_THREADS const Ref globals = Ref::steal(PyList_New(0));
    if (!globals) return nullptr;
    for (const GlobalUse& use : report.globals) {
        const Ref entry = Ref::steal(new_use(use));
        if (!entry || PyList_Append(globals.get(), entry.get()) < 0) return nullptr;
    }
    return Py_BuildValue("{s:z,s:K,s:O,s:K,s:K,s:K,s:i,s:K,s:K}", "fault",
                         verdict.ok() ? nullptr : fault_text(verdict.fault), "offset",
                         static_cast<unsigned long long>(verdict.offset), "globals", globals.get(),
                         "persistent_ids", static_cast<unsigned long long>(report.persistent_ids),
                         "buffers", static_cast<unsigned long long>(report.buffers), "consumed",
                         static_cast<unsigned long long>(report.consumed), "protocol",
                         report.protocol, "expansion",
                         static_cast<unsigned long long>(report.expansion), "depth",
                         static_cast<unsigned long long>(report.depth));
}

}  // namespace anypickle
