// digest_of(): what counts and what does not.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "anypickle/digest.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "blake2b.h"

using namespace anypickle;
using namespace std::string_literals;

namespace {

Verdict run(std::string_view stream, Digest& digest) {
    return digest_of({reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size()}, digest);
}

Digest of(std::string_view stream) {
    Digest digest{};
    REQUIRE(run(stream, digest).ok());
    return digest;
}

std::string hex(const Digest& digest) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string blake(std::string_view text) {
    Blake2b hash;
    hash.add(text.data(), text.size());
    return hex(hash.finish());
}

}  // namespace

TEST_CASE("BLAKE2b is that of others") {
    CHECK(blake("") == "cae66941d9efbd404e4d88758ea67670");
    CHECK(blake("abc") == "cf4ab791c62b8d2b2109c90275287816");
    CHECK(blake(std::string(128, 'a')) == "1271d28e731afb57bdfba6bdaf3501be");
}

TEST_CASE("how a value is written does not count") {
    CHECK(of("K\x05.") == of("M\x05\x00."s));
    CHECK(of("K\x05.") == of("J\x05\x00\x00\x00."s));
    CHECK(of("J\xFF\xFF\xFF\xFF."s) == of("\x8A\x01\xFF."s));
    CHECK(of("K\x00."s) == of("\x8A\x00."s));
    CHECK(of("K\x80.") != of("J\x80\xFF\xFF\xFF."s));
    CHECK(of("](K\x01K\x02"
             "e.") == of("]K\x01"
                         "aK\x02"
                         "a."));
    CHECK(of("cos\nsystem\n.") == of("\x8C\x02os\x8C\x06system\x93."));
    CHECK(of("]q\x00."s) == of("]."));
}

TEST_CASE("the order of dicts and sets does not count, that of lists does") {
    CHECK(of("}(K\x01NK\x02]u.") == of("}(K\x02]K\x01Nu."));
    CHECK(of("\x8F(K\x01K\x02\x90.") == of("\x8F(K\x02K\x01\x90."));
    CHECK(of("(K\x01K\x02\x91.") == of("(K\x02K\x01\x91."));
    CHECK(of("\x8F(K\x01K\x02\x90.") != of("(K\x01K\x02\x91."));
    CHECK(of("](K\x01K\x02"
             "e.") != of("](K\x02K\x01"
                         "e."));
    CHECK(of("}(K\x01NK\x02]u.") != of("}(K\x01]K\x02Nu."));
}

TEST_CASE("which objects are one counts only where they hold themselves") {
    CHECK(of("](]q\x00h\x00"
             "e."s) == of("](]]e."));
    CHECK(of("]\x94h\x00"
             "a."s) == of("](0]\x94h\x00"
                          "a."s));
    CHECK(of("]\x94h\x00"
             "a."s) != of("]]a."));
    CHECK(of("]\x94h\x00"
             "a."s) != of("]\x94](h\x00"
                          "ea."s));
    // a set in a cycle, in two orders: x = {x's list, 1}
    CHECK(of("\x8F\x94(K\x01h\x00\x85\x90."s) == of("\x8F\x94(h\x00\x85K\x01\x90."s));
}

TEST_CASE("what is called for what it does counts") {
    const std::string made = "ca\nf\n)R\x94";
    CHECK(of(made + ".") != of(made + "ca\ng\nh\x00K\x01\x86R0."s));
    CHECK(of(made + "ca\ng\nh\x00K\x02\x86R0."s) != of(made + "ca\ng\nh\x00K\x01\x86R0."s));
    CHECK(of(made + "K\x01"
                    "b.") != of(made + "K\x02"
                                       "b."));
}

TEST_CASE("what refers to things outside is refused") {
    Digest digest{};
    CHECK(run("K\x01Q.", digest).fault == Fault::kBackend);
    CHECK(run("Pname\n.", digest).fault == Fault::kBackend);
    CHECK(run("]", digest).fault == Fault::kEndOfInput);
}
