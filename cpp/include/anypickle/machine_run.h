// Machine::run: the loop over the opcodes. Included by machine.h and by nothing else.
//
// Threading and invariant: those of machine.h.
#pragma once

#include <utility>

namespace anypickle {

template <class Backend, class Source>
Verdict Machine<Backend, Source>::run(Value& result) noexcept {
    using enum Opcode;
    Window window = source_.first();
    const std::uint8_t* opcode_at = window.cursor;
    Value value = Backend::nothing();
    Value* items = nullptr;
    std::size_t count = 0;

    for (;;) {
        if (window.cursor == window.end) [[unlikely]] {
            const Window next = shortage(window, 1);
            if (!next) {
                if (fault_ == Fault::kTruncated) fault_ = Fault::kEndOfInput;
                return {fault_, 0, source_.offset(window.cursor), detail_};
            }
            window = next;
        }
        opcode_at = window.cursor++;
        const std::uint8_t opcode = *opcode_at;

        switch (static_cast<Opcode>(opcode)) {
            // --- scalars ---
            case kNone:
                value = backend_.none();
                goto push;
            case kNewTrue:
                value = backend_.boolean(true);
                goto push;
            case kNewFalse:
                value = backend_.boolean(false);
                goto push;
            case kBinInt1: {
                std::uint8_t number = 0;
                if (!unsigned_argument(window, number)) [[unlikely]]
                    goto failed;
                value = backend_.small_integer(number);
                goto push;
            }
            case kBinInt2: {
                std::uint16_t number = 0;
                if (!unsigned_argument(window, number)) [[unlikely]]
                    goto failed;
                value = backend_.integer(number);
                goto push;
            }
            case kBinInt: {
                std::uint32_t number = 0;
                if (!unsigned_argument(window, number)) [[unlikely]]
                    goto failed;
                value = backend_.integer(static_cast<std::int32_t>(number));
                goto push;
            }
            case kLong1: {
                std::uint8_t size = 0;
                if (!unsigned_argument(window, size)) [[unlikely]]
                    goto failed;
                value = long_bytes(window, size);
                goto push;
            }
            case kLong4:
                value = long4(window);
                goto push;
            case kBinFloat: {
                if (!need(window, 8)) [[unlikely]]
                    goto failed;
                value = backend_.real(big_endian_double(window.cursor));
                window.cursor += 8;
                goto push;
            }
            case kInt:
            case kLong:
            case kFloat: {
                const Line text = filled_line(window);
                if (!text) goto failed;
                value = backend_.number(static_cast<Opcode>(opcode), text.text, text.size);
                goto push;
            }

            // --- text and bytes ---
            case kShortBinUnicode:
                value = text<std::uint8_t>(window, Text::kUnicode);
                goto push;
            case kBinUnicode:
                value = text<std::uint32_t>(window, Text::kUnicode);
                goto push;
            case kBinUnicode8:
                value = text<std::uint64_t>(window, Text::kUnicode);
                goto push;
            case kShortBinString:
                value = text<std::uint8_t>(window, Text::kPython2);
                goto push;
            case kBinString:
                value = text<std::uint32_t>(window, Text::kPython2);
                goto push;
            case kString:
                value = string_line(window);
                goto push;
            case kUnicode: {
                const Line text = line(window);
                if (!text) goto failed;
                value = backend_.unicode_escape(text.text, text.size);
                goto push;
            }
            case kShortBinBytes:
                value = binary<std::uint8_t>(window, Binary::kBytes);
                goto push;
            case kBinBytes:
                value = binary<std::uint32_t>(window, Binary::kBytes);
                goto push;
            case kBinBytes8:
                value = binary<std::uint64_t>(window, Binary::kBytes);
                goto push;
            case kByteArray8:
                value = binary<std::uint64_t>(window, Binary::kByteArray);
                goto push;
            case kNextBuffer:
                value = backend_.next_buffer();
                goto push;
            case kReadonlyBuffer:
                if (!has(1) || !backend_.readonly_buffer(stack_.top()[-1])) goto failed;
                continue;

            // --- containers ---
            case kEmptyTuple:
                value = backend_.tuple(nullptr, 0);
                goto push;
            case kTuple1:
                count = 1;
                goto short_tuple;
            case kTuple2:
                count = 2;
                goto short_tuple;
            case kTuple3:
                count = 3;
                goto short_tuple;
            case kTuple:
                if (!take_marked(items, count)) goto failed;
                value = backend_.tuple(items, count);
                goto push;
            case kEmptyList:
                value = backend_.empty_list();
                goto push;
            case kList:
                if (!take_marked(items, count)) goto failed;
                value = backend_.list(items, count);
                goto push;
            case kAppend:
                if (!has(2)) goto failed;
                stack_.drop(1);
                if (!backend_.append(stack_.top()[-1], *stack_.top())) goto failed;
                continue;
            case kAppends:
                if (!take_marked_for_target(items, count)) goto failed;
                if (count != 0 && !backend_.extend(items[-1], items, count)) goto failed;
                continue;
            case kEmptyDict:
                value = backend_.empty_dict();
                goto push;
            case kDict:
                if (!take_marked(items, count)) goto failed;
                if (count % 2 != 0) goto odd_items;
                value = backend_.dict(items, count);
                goto push;
            case kSetItem:
                if (!has(3)) goto failed;
                stack_.drop(2);
                if (!backend_.set_items(stack_.top()[-1], stack_.top(), 2)) goto failed;
                continue;
            case kSetItems:
                if (!take_marked_for_target(items, count)) goto failed;
                if (count % 2 != 0) goto odd_items;
                if (count != 0 && !backend_.set_items(items[-1], items, count)) goto failed;
                continue;
            case kEmptySet:
                value = backend_.empty_set();
                goto push;
            case kAddItems:
                if (!take_marked_for_target(items, count)) goto failed;
                if (count != 0 && !backend_.add_items(items[-1], items, count)) goto failed;
                continue;
            case kFrozenSet:
                if (!take_marked(items, count)) goto failed;
                value = backend_.frozen_set(items, count);
                goto push;

            // --- the stack and the memo ---
            case kMark:
                if (!stack_.mark()) goto no_memory;
                continue;
            case kPop:
                if (!pop()) goto failed;
                continue;
            case kPopMark:
                if (!take_marked(items, count)) goto failed;
                release(items, count);
                continue;
            case kDup:
                if (!has(1)) goto failed;
                value = Backend::retain(stack_.top()[-1]);
                goto push;
            case kMemoize:
                if (!has(1) || !memo_put(memo_.count())) [[unlikely]]
                    goto failed;
                continue;
            case kBinPut: {
                std::uint8_t index = 0;
                if (!unsigned_argument(window, index) || !has(1) || !memo_put(index)) [[unlikely]]
                    goto failed;
                continue;
            }
            case kLongBinPut: {
                std::uint32_t index = 0;
                if (!unsigned_argument(window, index) || !has(1) || !memo_put(index)) [[unlikely]]
                    goto failed;
                continue;
            }
            case kPut: {
                const Line text = filled_line(window);
                std::int64_t index = 0;
                if (!text || !has(1) || !backend_.memo_index(text.text, text.size, index))
                    goto failed;
                if (index < 0) {
                    fault_ = Fault::kNegativeMemo;
                    goto failed;
                }
                if (!memo_put(static_cast<std::size_t>(index))) goto failed;
                continue;
            }
            case kBinGet: {
                std::uint8_t index = 0;
                if (!unsigned_argument(window, index)) [[unlikely]]
                    goto failed;
                value = memo_value(index);
                goto push;
            }
            case kLongBinGet: {
                std::uint32_t index = 0;
                if (!unsigned_argument(window, index)) [[unlikely]]
                    goto failed;
                value = memo_value(index);
                goto push;
            }
            case kGet: {
                const Line text = filled_line(window);
                std::int64_t index = 0;
                if (!text || !backend_.memo_index(text.text, text.size, index)) goto failed;
                value = memo_value(static_cast<std::size_t>(index));
                goto push;
            }

            // --- objects ---
            case kGlobal:
                value = global(window);
                goto push;
            case kStackGlobal:
                if (!has(2)) goto failed;
                stack_.drop(2);
                value = backend_.stack_global(stack_.top()[0], stack_.top()[1]);
                goto push;
            case kExt1:
                value = extension<std::uint8_t>(window);
                goto push;
            case kExt2:
                value = extension<std::uint16_t>(window);
                goto push;
            case kExt4:
                value = extension<std::uint32_t>(window);
                goto push;
            case kPersId:
                value = persistent_line(window);
                goto push;
            case kBinPersId:
                if (!backend_.may_load_persistent() || !has(1)) goto failed;
                value = backend_.persistent(stack_.pop());
                goto push;
            case kReduce:
                if (!has(2)) goto failed;
                stack_.drop(2);
                value = backend_.reduce(stack_.top()[0], stack_.top()[1]);
                goto push;
            case kNewObj:
                if (!has(2)) goto failed;
                stack_.drop(2);
                value = backend_.new_object(stack_.top()[0], stack_.top()[1]);
                goto push;
            case kNewObjEx:
                if (!has(3)) goto failed;
                stack_.drop(3);
                value = backend_.new_object_ex(stack_.top()[0], stack_.top()[1], stack_.top()[2]);
                goto push;
            case kBuild:
                if (!has(2)) goto failed;
                stack_.drop(1);
                if (!backend_.build(stack_.top()[-1], *stack_.top())) goto failed;
                continue;
            case kInst:
                value = inst(window);
                goto push;
            case kObj:
                value = obj();
                goto push;

            // --- the stream itself ---
            case kProto:
                if (!protocol(window)) goto failed;
                continue;
            case kFrame:
                if (!frame(window)) goto failed;
                continue;
            case kStop:
                if (!source_.finish(window)) {
                    fault_ = source_.fault();
                    goto failed;
                }
                if (!has(1)) goto failed;
                result = stack_.pop();
                return {};
        }
        detail_ = opcode;
        fault_ = Fault::kBadOpcode;
        goto failed;

    short_tuple:
        if (!has(count)) [[unlikely]]
            goto failed;
        stack_.drop(count);
        value = backend_.tuple(stack_.top(), count);

    push:
        if (Backend::empty(value)) [[unlikely]]
            goto failed;
        if (stack_.push(value)) [[likely]]
            continue;
        Backend::release(value);

    no_memory:
        fault_ = Fault::kNoMemory;
        goto failed;

    odd_items:
        release(items, count);
        fault_ = Fault::kOddItems;

    failed:
        if (fault_ == Fault::kNone) {
            fault_ = backend_.fault();
            detail_ = backend_.detail();
        }
        return {fault_, opcode, source_.offset(opcode_at), detail_};
    }
}

}  // namespace anypickle
