// check() and scan(): budgets, and what a stream would call.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/scan.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace anypickle;
using namespace std::string_literals;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view stream) {
    return {reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size()};
}

Verdict run(std::string_view stream, const Budget& budget) {
    return check(bytes_of(stream), budget);
}

Report report_on(std::string_view stream) {
    Report report;
    REQUIRE(scan(bytes_of(stream), Budget{}, report).ok());
    return report;
}

bool over(const Verdict& verdict, Limit limit) {
    return verdict.fault == Fault::kOverBudget &&
           verdict.detail == static_cast<std::uint64_t>(limit);
}

/// Lists of two lists of two lists ... that share everything: small in memory, 2**depth nodes as a
/// tree.
std::string billion_laughs(int depth) {
    std::string stream = "]";
    for (int i = 0; i < depth; ++i) stream += "2\x86";
    return stream + ".";
}

}  // namespace

TEST_CASE("a budget of bytes, objects and memo entries is not exceeded") {
    Budget budget;
    budget.bytes = 10;
    CHECK(run("\x8c\x0a"
              "0123456789.",
              budget)
              .ok());
    CHECK(over(run("\x8c\x0a"
                   "0123456789\x8c\x01x\x86.",
                   budget),
               Limit::kBytes));
    CHECK(over(run("C\x0b"
                   "0123456789a.",
                   budget),
               Limit::kBytes));
    budget = Budget{};
    budget.objects = 3;
    CHECK(run("NN\x86.", budget).ok());
    CHECK(over(run("NNN\x87.", budget), Limit::kObjects));
    budget = Budget{};
    budget.memo = 1;
    CHECK(run("N\x94.", budget).ok());
    CHECK(over(run("N\x94\x94.", budget), Limit::kMemo));
}

TEST_CASE("depth and expansion are those of the result") {
    Budget budget;
    budget.depth = 3;
    CHECK(run("]]]aa.", budget).ok());
    CHECK(over(run("]]]]aaa.", budget), Limit::kDepth));
    CHECK(run("]]]]aaa0N.", budget).ok());
    CHECK(run(billion_laughs(20), Budget{}).ok());
    CHECK(over(run(billion_laughs(40), Budget{}), Limit::kExpansion));
    CHECK(over(run(billion_laughs(5000), Budget{}), Limit::kExpansion));
}

TEST_CASE("filling late does not hide an expansion") {
    // each list holds the next one twice, put in while that one was still empty
    std::string stream = "(";
    for (int i = 0; i < 40; ++i) stream += "]p" + std::to_string(i) + "\n";
    stream += "l0";
    for (int i = 0; i < 39; ++i) {
        const std::string next = "g" + std::to_string(i + 1) + "\n";
        stream += "g" + std::to_string(i) + "\n(" + next + next + "e0";
    }
    CHECK(over(run(stream + "g0\n.", Budget{}), Limit::kExpansion));
}

TEST_CASE("cycles end") {
    CHECK(run("]p0\ng0\na.", Budget{}).ok());
    CHECK(run("]p0\n(g0\ntp1\na0g1\n.", Budget{}).ok());
}

TEST_CASE("globals are reported with what is done with them, and where") {
    const Report report = report_on(
        "\x80\x04"
        "cos\nsystem\n\x8c\x02ls\x85R\x8c\x01m\x94\x8c\x01n\x93)\x81}b\x86.");
    REQUIRE(report.globals.size() == 2);
    CHECK(report.globals[0].module == "os");
    CHECK(report.globals[0].name == "system");
    CHECK(report.globals[0].roles == (bit(Role::kReferenced) | bit(Role::kCalled)));
    CHECK(report.globals[0].offset == 2);
    CHECK(report.globals[1].module == "m");
    CHECK(report.globals[1].offset == 26);
    CHECK(report.globals[1].name == "n");
    CHECK(report.globals[1].roles ==
          (bit(Role::kReferenced) | bit(Role::kInstantiated) | bit(Role::kBuilt)));
    CHECK(report.protocol == 4);
    CHECK(report.depth >= 2);
}

TEST_CASE("a global keeps its role through memo, POP and DUP") {
    const Report report = report_on(
        "cm\nf\nq\x00"
        "0h\x00"
        "2)R0)R0N."s);
    REQUIRE(report.globals.size() == 1);
    CHECK((report.globals[0].roles & bit(Role::kCalled)) != 0);
}

TEST_CASE("names that a call makes are reported as computed") {
    const Report report = report_on("cm\njoin\n)R\x8c\x01x\x93.");
    REQUIRE(report.globals.size() == 2);
    CHECK(report.globals[1].computed);
    const Report escaped = report_on("V\\u006fs\nVsystem\n\x93.");
    CHECK(escaped.globals[0].computed);
}

TEST_CASE("INST, OBJ, EXT and filling count as well") {
    const Report report = report_on("(im\na\n0(cm\nb\no0\x82\x07)R0cm\nc\n)R(Ne0N.");
    REQUIRE(report.globals.size() == 4);
    CHECK((report.globals[0].roles & bit(Role::kCalled)) != 0);
    CHECK((report.globals[1].roles & bit(Role::kCalled)) != 0);
    CHECK(report.globals[2].extension == 7);
    CHECK((report.globals[3].roles & bit(Role::kFilled)) != 0);
}

TEST_CASE("persistent ids, buffers and trailing bytes are counted") {
    const Report report = report_on("Pid\n0NQ0\x97\x98.trailing");
    CHECK(report.persistent_ids == 2);
    CHECK(report.buffers == 1);
    CHECK(report.consumed == 11);
}

TEST_CASE("many globals take time that grows with their number alone") {
    std::string stream = "(";
    for (int i = 0; i < 100'000; ++i) stream += "cm\nf" + std::to_string(i) + "\n";
    CHECK(report_on(stream + "t.").globals.size() == 100'000);
}

TEST_CASE("the same global is one entry") {
    const Report report = report_on(
        "cm\nf\n0cm\nf\n0\x8c\x01m\x8c\x01"
        "f\x93.");
    REQUIRE(report.globals.size() == 1);
    CHECK(report.globals[0].count == 3);
}
