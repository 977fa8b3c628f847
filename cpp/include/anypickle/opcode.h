// The opcodes of pickle, protocols 0 to 5, and what follows each of them in the stream.
//
//     const OpcodeInfo& info = opcode_info(byte);
//     if (info.argument == Argument::kInvalid) ...          // no such opcode
//     std::printf("%s, protocol %d\n", info.name, info.protocol);
//
// Threading: constants only.
// Invariant: the names are those of the standard library's pickletools; the values are for ever.
#pragma once

#include <array>
#include <cstdint>

namespace anypickle {

enum class Opcode : std::uint8_t {
    // Protocol 0 and 1
    kMark = '(',
    kStop = '.',
    kPop = '0',
    kPopMark = '1',
    kDup = '2',
    kFloat = 'F',
    kInt = 'I',
    kBinInt = 'J',
    kBinInt1 = 'K',
    kLong = 'L',
    kBinInt2 = 'M',
    kNone = 'N',
    kPersId = 'P',
    kBinPersId = 'Q',
    kReduce = 'R',
    kString = 'S',
    kBinString = 'T',
    kShortBinString = 'U',
    kUnicode = 'V',
    kBinUnicode = 'X',
    kAppend = 'a',
    kBuild = 'b',
    kGlobal = 'c',
    kDict = 'd',
    kEmptyDict = '}',
    kAppends = 'e',
    kGet = 'g',
    kBinGet = 'h',
    kInst = 'i',
    kLongBinGet = 'j',
    kList = 'l',
    kEmptyList = ']',
    kObj = 'o',
    kPut = 'p',
    kBinPut = 'q',
    kLongBinPut = 'r',
    kSetItem = 's',
    kTuple = 't',
    kEmptyTuple = ')',
    kSetItems = 'u',
    kBinFloat = 'G',
    // Protocol 2
    kProto = 0x80,
    kNewObj = 0x81,
    kExt1 = 0x82,
    kExt2 = 0x83,
    kExt4 = 0x84,
    kTuple1 = 0x85,
    kTuple2 = 0x86,
    kTuple3 = 0x87,
    kNewTrue = 0x88,
    kNewFalse = 0x89,
    kLong1 = 0x8a,
    kLong4 = 0x8b,
    // Protocol 3
    kBinBytes = 'B',
    kShortBinBytes = 'C',
    // Protocol 4
    kShortBinUnicode = 0x8c,
    kBinUnicode8 = 0x8d,
    kBinBytes8 = 0x8e,
    kEmptySet = 0x8f,
    kAddItems = 0x90,
    kFrozenSet = 0x91,
    kNewObjEx = 0x92,
    kStackGlobal = 0x93,
    kMemoize = 0x94,
    kFrame = 0x95,
    // Protocol 5
    kByteArray8 = 0x96,
    kNextBuffer = 0x97,
    kReadonlyBuffer = 0x98,
};

/// The highest protocol whose opcodes are known here.
inline constexpr int kHighestProtocol = 5;

/// What follows an opcode: nothing, text lines, a fixed number of bytes, or bytes with their count
/// in front.
enum class Argument : std::uint8_t {
    kInvalid,
    kNone,
    kLine,
    kTwoLines,
    kFixed1,
    kFixed2,
    kFixed4,
    kFixed8,
    kCounted1,
    kCounted4,
    kCounted8,
};

struct OpcodeInfo {
    const char* name = nullptr;  ///< As in pickletools; null if there is no such opcode.
    Argument argument = Argument::kInvalid;
    std::uint8_t protocol = 0;  ///< The protocol that brought it.
};

namespace detail {

constexpr std::array<OpcodeInfo, 256> make_opcode_table() {
    std::array<OpcodeInfo, 256> table{};
    auto set = [&table](Opcode opcode, const char* name, Argument argument, std::uint8_t protocol) {
        table[static_cast<std::uint8_t>(opcode)] = OpcodeInfo{name, argument, protocol};
    };
    using enum Opcode;
    using A = Argument;
    set(kMark, "MARK", A::kNone, 0);
    set(kStop, "STOP", A::kNone, 0);
    set(kPop, "POP", A::kNone, 0);
    set(kPopMark, "POP_MARK", A::kNone, 1);
    set(kDup, "DUP", A::kNone, 0);
    set(kFloat, "FLOAT", A::kLine, 0);
    set(kInt, "INT", A::kLine, 0);
    set(kBinInt, "BININT", A::kFixed4, 1);
    set(kBinInt1, "BININT1", A::kFixed1, 1);
    set(kLong, "LONG", A::kLine, 0);
    set(kBinInt2, "BININT2", A::kFixed2, 1);
    set(kNone, "NONE", A::kNone, 0);
    set(kPersId, "PERSID", A::kLine, 0);
    set(kBinPersId, "BINPERSID", A::kNone, 1);
    set(kReduce, "REDUCE", A::kNone, 0);
    set(kString, "STRING", A::kLine, 0);
    set(kBinString, "BINSTRING", A::kCounted4, 1);
    set(kShortBinString, "SHORT_BINSTRING", A::kCounted1, 1);
    set(kUnicode, "UNICODE", A::kLine, 0);
    set(kBinUnicode, "BINUNICODE", A::kCounted4, 1);
    set(kAppend, "APPEND", A::kNone, 0);
    set(kBuild, "BUILD", A::kNone, 0);
    set(kGlobal, "GLOBAL", A::kTwoLines, 0);
    set(kDict, "DICT", A::kNone, 0);
    set(kEmptyDict, "EMPTY_DICT", A::kNone, 1);
    set(kAppends, "APPENDS", A::kNone, 1);
    set(kGet, "GET", A::kLine, 0);
    set(kBinGet, "BINGET", A::kFixed1, 1);
    set(kInst, "INST", A::kTwoLines, 0);
    set(kLongBinGet, "LONG_BINGET", A::kFixed4, 1);
    set(kList, "LIST", A::kNone, 0);
    set(kEmptyList, "EMPTY_LIST", A::kNone, 1);
    set(kObj, "OBJ", A::kNone, 1);
    set(kPut, "PUT", A::kLine, 0);
    set(kBinPut, "BINPUT", A::kFixed1, 1);
    set(kLongBinPut, "LONG_BINPUT", A::kFixed4, 1);
    set(kSetItem, "SETITEM", A::kNone, 0);
    set(kTuple, "TUPLE", A::kNone, 0);
    set(kEmptyTuple, "EMPTY_TUPLE", A::kNone, 1);
    set(kSetItems, "SETITEMS", A::kNone, 1);
    set(kBinFloat, "BINFLOAT", A::kFixed8, 1);
    set(kProto, "PROTO", A::kFixed1, 2);
    set(kNewObj, "NEWOBJ", A::kNone, 2);
    set(kExt1, "EXT1", A::kFixed1, 2);
    set(kExt2, "EXT2", A::kFixed2, 2);
    set(kExt4, "EXT4", A::kFixed4, 2);
    set(kTuple1, "TUPLE1", A::kNone, 2);
    set(kTuple2, "TUPLE2", A::kNone, 2);
    set(kTuple3, "TUPLE3", A::kNone, 2);
    set(kNewTrue, "NEWTRUE", A::kNone, 2);
    set(kNewFalse, "NEWFALSE", A::kNone, 2);
    set(kLong1, "LONG1", A::kCounted1, 2);
    set(kLong4, "LONG4", A::kCounted4, 2);
    set(kBinBytes, "BINBYTES", A::kCounted4, 3);
    set(kShortBinBytes, "SHORT_BINBYTES", A::kCounted1, 3);
    set(kShortBinUnicode, "SHORT_BINUNICODE", A::kCounted1, 4);
    set(kBinUnicode8, "BINUNICODE8", A::kCounted8, 4);
    set(kBinBytes8, "BINBYTES8", A::kCounted8, 4);
    set(kEmptySet, "EMPTY_SET", A::kNone, 4);
    set(kAddItems, "ADDITEMS", A::kNone, 4);
    set(kFrozenSet, "FROZENSET", A::kNone, 4);
    set(kNewObjEx, "NEWOBJ_EX", A::kNone, 4);
    set(kStackGlobal, "STACK_GLOBAL", A::kNone, 4);
    set(kMemoize, "MEMOIZE", A::kNone, 4);
    set(kFrame, "FRAME", A::kFixed8, 4);
    set(kByteArray8, "BYTEARRAY8", A::kCounted8, 5);
    set(kNextBuffer, "NEXT_BUFFER", A::kNone, 5);
    set(kReadonlyBuffer, "READONLY_BUFFER", A::kNone, 5);
    return table;
}

inline constexpr std::array<OpcodeInfo, 256> kOpcodeTable = make_opcode_table();

}  // namespace detail

/// What is known of a byte in opcode position.
constexpr const OpcodeInfo& opcode_info(std::uint8_t byte) { return detail::kOpcodeTable[byte]; }

}  // namespace anypickle
