// The machine over the scan back end: stack discipline, lengths, memo, frames.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/machine.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "anypickle/opcode.h"
#include "anypickle/scan.h"

using namespace anypickle;
using namespace std::string_literals;

namespace {

Verdict run(std::string_view stream, const Budget& budget = Budget::unlimited()) {
    return check({reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size()}, budget);
}

Fault fault(std::string_view stream) { return run(stream).fault; }

}  // namespace

TEST_CASE("every opcode has a name, and the table has no other") {
    int known = 0;
    for (int byte = 0; byte < 256; ++byte) {
        const OpcodeInfo& info = opcode_info(static_cast<std::uint8_t>(byte));
        CHECK((info.name == nullptr) == (info.argument == Argument::kInvalid));
        if (info.name != nullptr) ++known;
    }
    CHECK(known == 68);
}

TEST_CASE("well formed programs pass, and say where STOP is") {
    CHECK(run("N."s).ok());
    CHECK(run("N.rest"s).offset == 1);
    CHECK(run("\x80\x04\x95\x05\0\0\0\0\0\0\0]\x94K\x01"s + "a."s).ok());
    CHECK(run("(I1\nL2L\nF1.5\nVtext\nS'text'\nlp0\ng0\n\x86."s).ok());
    CHECK(run("}(\x8c\x01kK\x01\x8c\x01lK\x02u."s).ok());
}

TEST_CASE("each opcode is refused when the stack has too little for it") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string opcode(1, static_cast<char>(byte));
        for (int depth = 0; depth < 4; ++depth) {
            for (int marks = 0; marks < 3; ++marks) {
                const std::string stream = std::string(static_cast<std::size_t>(depth), 'N') +
                                           std::string(static_cast<std::size_t>(marks), '(') +
                                           opcode + "\x01\0\0\0\0\0\0\0\n\n."s;
                (void)run(stream);  // whatever comes of it, it comes without a crash
            }
        }
    }
    CHECK(fault(".") == Fault::kUnderflow);
    CHECK(fault("(.") == Fault::kUnexpectedMark);
    CHECK(fault("0.") == Fault::kUnderflow);
    CHECK(fault("l.") == Fault::kNoMark);
    CHECK(fault("(e.") == Fault::kUnderflow);
    CHECK(fault("(N\x86.") == Fault::kUnexpectedMark);
    CHECK(fault("(NNNd.") == Fault::kOddItems);
    CHECK(fault("}(Nu.") == Fault::kOddItems);
    CHECK(fault("(o.") == Fault::kUnderflow);
}

TEST_CASE("every prefix ends in a fault") {
    const std::string program =
        "]\x94(K\x01M\x02\x03\x8c\x04textC\x02"
        "ab}\x94\x8c\x01kG\0\0\0\0\0\0\0\0s\x85\x94"
        "e."s;
    const std::string size(1, static_cast<char>(program.size()));
    const std::string stream = "\x80\x04\x95" + size + "\0\0\0\0\0\0\0"s + program;
    REQUIRE(run(stream).ok());
    for (std::size_t length = 0; length < stream.size(); ++length) {
        CHECK_FALSE(run(std::string_view(stream).substr(0, length)).ok());
    }
}

TEST_CASE("lengths are held against what is there") {
    const std::string most = "\xff\xff\xff\xff\xff\xff\xff\x7f"s;
    for (const char* opcode : {"\x8d", "\x8e", "\x96", "\x95"}) {
        CHECK(fault(opcode + most + "abc.") == Fault::kTruncated);
        CHECK(fault(opcode + "\xff\xff\xff\xff\xff\xff\xff\xff"s + "abc.") == Fault::kTooLong);
        CHECK(fault(opcode + "\x01\0\0"s) == Fault::kTruncated);
    }
    CHECK(fault("X\xff\xff\xff\xff.") == Fault::kTruncated);
    CHECK(fault("\x8b\xff\xff\xff\xff.") == Fault::kNegativeLength);
    CHECK(fault("\x8a\x09N.") == Fault::kTruncated);
    CHECK(run("\x8a\0."s).ok());
}

TEST_CASE("the memo takes any index and knows what it has") {
    CHECK(run("Nr\xff\xff\xff\xff"
              "0j\xff\xff\xff\xff.")
              .ok());
    CHECK(run("Np4294967295\n0g4294967295\n.").ok());
    CHECK(fault("h\x05.") == Fault::kNoSuchMemo);
    CHECK(run("h\x05.").detail == 5);
    CHECK(fault("Np-1\n.") == Fault::kNegativeMemo);
    CHECK(fault("Npx\n.") == Fault::kBadText);
    std::string stream;
    for (int i = 0; i < 3000; ++i) stream += "Np" + std::to_string(i * 7919 % 3000 * 1000) + "\n0";
    CHECK(run(stream + "g1000\n.").ok());
    CHECK(fault(stream + "g1001\n.") == Fault::kNoSuchMemo);
}

TEST_CASE("nothing straddles the end of a frame") {
    CHECK(run("\x95\x01\0\0\0\0\0\0\0N."s).ok());
    CHECK(fault("\x95\x02\0\0\0\0\0\0\0M\x01\x02."s) == Fault::kFrame);
    CHECK(fault("\x95\x0b\0\0\0\0\0\0\0N\x95\0\0\0\0\0\0\0\0."s) == Fault::kNestedFrame);
    CHECK(fault("\x95\x05\0\0\0\0\0\0\0I12\n."s) == Fault::kNone);
    CHECK(fault("\x95\x03\0\0\0\0\0\0\0I12\n."s) == Fault::kFrame);
}

TEST_CASE("a verdict names the opcode and its place") {
    const Verdict verdict = run("N0\xff.");
    CHECK(verdict.fault == Fault::kBadOpcode);
    CHECK(verdict.offset == 2);
    CHECK(verdict.detail == 0xff);
    CHECK(run("\x80\x06.").fault == Fault::kBadProtocol);
    CHECK(fault("") == Fault::kEndOfInput);
    CHECK(fault("N") == Fault::kEndOfInput);
    CHECK(fault("\x82\0."s) == Fault::kBadExtension);
    CHECK(fault("Stext\n.") == Fault::kUnquoted);
}

TEST_CASE("depth costs no stack") {
    const std::size_t depth = 1'000'000;
    CHECK(run(std::string(depth, ']') + std::string(depth - 1, 'a') + ".").ok());
    CHECK(run(")" + std::string(depth, '\x85') + ".").ok());
    CHECK(fault(std::string(depth, '(')) == Fault::kEndOfInput);
}
