// The memo's table, what a stream may read of it, and UTF-8.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/memo.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "anypickle/memo_use.h"
#include "anypickle/utf8.h"

using namespace anypickle;
using namespace std::string_literals;

namespace {

/// Values are numbers from 2 on; counts the references that are out.
struct Counted {
    using Value = int;
    static inline int references = 0;
    static Value nothing() { return 0; }
    static Value unread() { return 1; }
    static bool empty(Value value) { return value == 0; }
    static Value retain(Value value) {
        ++references;
        return value;
    }
    static void release(Value) { --references; }
    static void* reallocate(void* memory, std::size_t size) { return std::realloc(memory, size); }
    static void deallocate(void* memory) { std::free(memory); }
};

MemoUse& look(MemoUse& use, std::string_view stream, std::size_t count = 0) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(stream.data());
    use.scan({begin, begin + stream.size()}, count);
    return use;
}

}  // namespace

TEST_CASE("the memo behaves like a map, whatever the indices") {
    std::mt19937 random(1);
    for (const std::size_t range : {50u, 5000u, 4000000000u}) {
        {
            MemoTable<Counted> memo;
            std::map<std::size_t, int> model;
            for (int i = 0; i < 20000; ++i) {
                const std::size_t index = random() % range;
                const int value = 2 + i;
                REQUIRE(memo.put(index, value));
                model[index] = value;
                REQUIRE(memo.count() == model.size());
                const std::size_t other = random() % range;
                const int* found = memo.get(other);
                REQUIRE((found != nullptr) == (model.count(other) != 0));
                if (found != nullptr) REQUIRE(*found == model[other]);
            }
            CHECK(Counted::references == static_cast<int>(model.size()));
            CHECK(memo.footprint() < 64 * (model.size() + 2048));
            std::size_t seen = 0;
            CHECK(memo.each(
                [&](std::size_t index, int value) { return ++seen, model[index] == value; }));
            CHECK(seen == model.size());
        }
        CHECK(Counted::references == 0);
    }
}

TEST_CASE("entries that nobody reads count and hold nothing") {
    MemoTable<Counted> memo;
    for (int i = 0; i < 100; ++i) CHECK(memo.append_unread());
    CHECK(memo.count() == 100);
    CHECK(memo.get(5) == nullptr);
    CHECK(memo.put(5, 7));
    CHECK(*memo.get(5) == 7);
    CHECK(memo.count() == 100);
    CHECK(Counted::references == 1);
    memo.clear();
    CHECK(Counted::references == 0);
    CHECK(memo.count() == 0);
}

TEST_CASE("every GET is seen, wherever it stands") {
    for (std::size_t before = 0; before < 150; ++before) {
        const std::string padding(before, 'N');
        for (const std::string& behind : {std::string(), std::string(100, 'N')}) {
            MemoUse use;
            look(use, padding + "h\x07j\x09\x01\0\0"s + "g11\ng \t+1_2 \n" + behind, 300);
            CHECK_FALSE(use.never_read(7));
            CHECK_FALSE(use.never_read(265));
            CHECK_FALSE(use.never_read(11));
            CHECK_FALSE(use.never_read(12));
            CHECK(use.never_read(13));
            CHECK(use.never_read(300));
        }
    }
    MemoUse none;
    CHECK_FALSE(none.never_read(0));
    MemoUse at_the_end;
    look(at_the_end, "Nh");
    MemoUse argument_is_an_opcode;
    look(argument_is_an_opcode, "hhjjjjj"s);
    CHECK_FALSE(argument_is_an_opcode.never_read('h'));
}

TEST_CASE("a GET that is far from the others is seen as they are") {
    MemoUse use;
    look(use, "h\x02j\x39\x30\0\0j\x05\0\x01\0h\x03"s, 70000);
    for (const std::size_t index : {2u, 3u, 0x3039u, 0x10005u}) CHECK_FALSE(use.never_read(index));
    for (const std::size_t index : {1u, 1500u, 0x3038u, 0x10004u, 69999u}) {
        CHECK(use.never_read(index));
        CHECK(use.unread_from(index) > 0);
    }
    CHECK(use.unread_from(0x10006u) >= 70000 - 0x10006u);
}

TEST_CASE("GETs in frames and behind large payloads are seen") {
    const std::string large(3 << 20, 'h');
    std::string stream = "\x95\x02\0\0\0\0\0\0\0h\x05"s;
    stream += "B" + std::string("\0\0\x30\0", 4) + large + "\x94" + "\x95\x02\0\0\0\0\0\0\0h\x06."s;
    MemoUse use;
    look(use, stream, 10);
    CHECK_FALSE(use.never_read(5));
    CHECK_FALSE(use.never_read(6));
    CHECK(use.never_read('h'));
}

TEST_CASE("UTF-8 is measured and written as it is") {
    struct Case {
        std::string text;
        std::vector<std::uint32_t> characters;
    };
    const Case cases[] = {
        {"plain", {'p', 'l', 'a', 'i', 'n'}},
        {"\xc2\x80\xc3\xbf", {0x80, 0xff}},
        {"\xc4\x80\xdf\xbf", {0x100, 0x7ff}},
        {"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", {0x800, 0xd7ff, 0xe000, 0xffff}},
        {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", {0x10000, 0x10ffff}},
    };
    for (const Case& one : cases) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(one.text.data());
        const Utf8 shape = measure_utf8(bytes, one.text.size());
        REQUIRE(shape.valid);
        REQUIRE(shape.length == one.characters.size());
        std::vector<std::uint32_t> out(shape.length);
        transcode_utf8(bytes, one.text.size(), out.data(), 4);
        CHECK(out == one.characters);
    }
    for (const char* bad : {"\x80", "a\xff", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                            "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3",
                            "\xe2\x82", "\xf0\x9f\x98"}) {
        const std::string_view text(bad);
        CHECK_FALSE(measure_utf8(reinterpret_cast<const std::uint8_t*>(bad), text.size()).valid);
    }
}
