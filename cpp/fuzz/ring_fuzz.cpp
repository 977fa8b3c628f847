// A ring whose words and records another process overwrites between calls: each call ends, and
// touches nothing but the arena.
#include "anypickle/ring.h"
#include "damaged_fuzz.h"
#include "ring_layout.h"

using namespace anypickle;
using namespace anypickle::fuzz;

namespace {

struct Made {
    Made() {
        if (Ring::create(stage.arena(), 0, &block) != Outcome::kDone) std::abort();
        stage.arena().publish(block.number);
        RingHeader* header = Ring(stage.arena(), block.number).header();
        for (void* word :
             {static_cast<void*>(&header->capacity), static_cast<void*>(&header->done)})
            stage.expose(word);
        for (RingEnd* end : {&header->tail, &header->head}) {
            for (void* word :
                 {static_cast<void*>(&end->segment), static_cast<void*>(&end->position),
                  static_cast<void*>(&end->count), static_cast<void*>(&end->pending_position),
                  static_cast<void*>(&end->pending_count)})
                stage.expose(word);
        }
        stage.keep();
    }
    Stage stage;
    Block block;
};

void put(Ring& ring, const Stage& stage, Commands& commands) {
    static const std::vector<std::byte> bytes(64 * 1024);
    const std::uint8_t size = commands.next();
    const Part part(bytes.data(), std::size_t{size} * (size % 8 == 0 ? 64 : 1));
    ring.try_put({&part, 1}, 0, stage.referred(size));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Made made;
    Arena& arena = made.stage.arena();
    Ring ring(arena, made.block.number);
    Commands commands(data, size);
    for (int i = 0; commands.left() && i < 200; ++i) {
        Message message;
        const std::uint8_t command = commands.next();
        switch (command % 8) {
            case 0:
            case 1:
                put(ring, made.stage, commands);
                break;
            case 2:
            case 3:
                if (ring.try_take(&message, 0) == Outcome::kDone) use(arena, message);
                break;
            case 4:
                ask(ring, commands.next());
                break;
            case 5:
                if (command == 0xfd) static_cast<void>(ring.shut_down(true));
                break;
            default:
                commands.overwrite(made.stage);
        }
    }
    made.stage.reset();
    return 0;
}
