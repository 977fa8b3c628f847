// Machine::run: the loop over the opcodes. Included by machine.h and by nothing else.
//
// Threading and invariant: those of machine.h.
#pragma once

#include <utility>

namespace anypickle {

template <class Backend, class Source>
Verdict Machine<Backend, Source>::run(Value& result) noexcept {
    using enum Opcode;
    // What every opcode needs lives in registers; the stack learns of its top when the run ends or
    // it has to grow.
    Window window = source_.first();
    Value* top = stack_.begin();
    Value* fence = top;
    Value* limit = stack_.limit();
    const std::uint8_t* opcode_at = window.cursor;
    Value value = Backend::nothing();
    Value* items = nullptr;
    std::size_t count = 0;

    const auto has = [&](std::size_t wanted) __attribute__((always_inline))->bool {
        if (static_cast<std::size_t>(top - fence) >= wanted) [[likely]] {
            return true;
        }
        fault_ = stack_.has_mark() ? Fault::kUnexpectedMark : Fault::kUnderflow;
        return false;
    };
    const auto unmark = [&]() __attribute__((always_inline))->bool {
        if (!stack_.has_mark()) [[unlikely]] {
            fault_ = Fault::kNoMark;
            return false;
        }
        items = fence;
        count = static_cast<std::size_t>(top - fence);
        fence = stack_.unmark();
        return true;
    };
    // A dict that a MARK follows is made when its items are there. Until then nothing can look
    // below the mark, where a stand-in lies; whatever takes the mark away has the dict made first.
    const auto settle = [&](Value * place) __attribute__((always_inline))->bool {
        if constexpr (Backend::kDefersDicts) {
            if (place != stack_.begin() && Backend::same(place[-1], backend_.deferred()))
                [[unlikely]] {
                const Value dict = backend_.empty_dict();
                if (Backend::empty(dict)) return false;
                Backend::release(place[-1]);
                place[-1] = dict;
            }
        }
        return true;
    };
    // Takes the items above the last mark off the stack, and the mark.
    const auto take_marked = [&]() __attribute__((always_inline))->bool {
        if (!unmark() || !settle(items)) [[unlikely]] {
            return false;
        }
        top = items;
        return true;
    };
    // As take_marked, for what is done to the value below the mark.
    const auto take_marked_for_target = [&]() __attribute__((always_inline))->bool {
        if (!unmark()) [[unlikely]] {
            return false;
        }
        if (items == fence) [[unlikely]] {
            fault_ = stack_.has_mark() ? Fault::kUnexpectedMark : Fault::kUnderflow;
            return false;
        }
        top = items;
        return true;
    };
    // BUILD with the items that are the state, which has not become a dict.
    [[maybe_unused]] const auto build_from = [&](const State<Value>& state)
                                                 __attribute__((always_inline))
                                                     ->bool {
        if constexpr (Backend::kBuildsFromItems) {
            if (state.memoized && !memoize_unread()) {
                fault_ = Fault::kNoMemory;
                release(items, count);
                return false;
            }
            window.cursor += state.opcodes;
            top = state.object + 1;
            return backend_.build_from(state, items, count);
        }
        return false;
    };
    const auto next_is = [&](Opcode opcode) __attribute__((always_inline))->bool {
        return window.cursor != window.end && *window.cursor == static_cast<std::uint8_t>(opcode);
    };

    for (;;) {
        if (window.cursor == window.end) [[unlikely]] {
            const Window next = shortage(window, 1);
            if (!next) {
                if (fault_ == Fault::kTruncated) fault_ = Fault::kEndOfInput;
                stack_.set_top(top);
                return {fault_, 0, source_.offset(window.cursor), detail_};
            }
            window = next;
        }
        opcode_at = window.cursor++;
        if constexpr (Backend::kLocates) backend_.locate(source_.offset(opcode_at));
        const auto opcode = static_cast<Opcode>(*opcode_at);
        opcode_ = *opcode_at;

        switch (opcode) {
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
                if (!unsigned_argument(window, number)) goto failed;
                value = backend_.small_integer(number);
                goto push;
            }
            case kBinInt2: {
                std::uint16_t number = 0;
                if (!unsigned_argument(window, number)) goto failed;
                value = backend_.integer(number);
                goto push;
            }
            case kBinInt: {
                std::uint32_t number = 0;
                if (!unsigned_argument(window, number)) goto failed;
                value = backend_.integer(static_cast<std::int32_t>(number));
                goto push;
            }
            case kLong1: {
                std::uint8_t size = 0;
                if (!unsigned_argument(window, size)) goto failed;
                value = long_bytes(window, size);
                goto push;
            }
            case kLong4:
                value = apart(window, &Machine::long4);
                goto push;
            case kBinFloat: {
                if (!need(window, 8)) goto failed;
                value = backend_.real(big_endian_double(window.cursor));
                window.cursor += 8;
                goto push;
            }
            case kInt:
            case kLong:
            case kFloat: {
                const Line text = apart(window, &Machine::filled_line);
                if (!text) goto failed;
                value = backend_.number(opcode, text.text, text.size);
                goto push;
            }

            // --- text and bytes ---
            case kShortBinUnicode:
                value = text<std::uint8_t>(window, Text::kUnicode);
                goto push_memoized;
            case kBinUnicode:
                value = text<std::uint32_t>(window, Text::kUnicode);
                goto push_memoized;
            case kBinUnicode8:
                value = text<std::uint64_t>(window, Text::kUnicode);
                goto push;
            case kShortBinString:
                value = text<std::uint8_t>(window, Text::kPython2);
                goto push;
            case kBinString:
                if (Backend::signs_binstring() && !apart(window, &Machine::not_negative))
                    goto failed;
                value = text<std::uint32_t>(window, Text::kPython2);
                goto push;
            case kString:
                value = apart(window, &Machine::string_line);
                goto push;
            case kUnicode: {
                const Line text = apart(window, &Machine::line);
                if (!text) goto failed;
                value = backend_.unicode_escape(text.text, text.size);
                goto push;
            }
            case kShortBinBytes:
                value = binary<std::uint8_t>(window, Binary::kBytes);
                goto push_memoized;
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
                if (!has(1) || !backend_.readonly_buffer(top[-1])) goto failed;
                continue;

            // --- containers ---
            case kEmptyTuple:
                count = 0;
                items = top;
                goto tuple;
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
                if (!take_marked()) goto failed;
                goto tuple;
            case kEmptyList:
                value = backend_.empty_list();
                goto push_memoized;
            case kList:
                if (!take_marked()) goto failed;
                value = backend_.list(items, count);
                goto push;
            case kAppend:
                if (!has(2)) goto failed;
                --top;
                if (!backend_.append(top[-1], *top)) goto failed;
                continue;
            case kAppends:
                if (!take_marked_for_target() || !settle(items)) goto failed;
                if ((count != 0 || Backend::kAddsNothing) &&
                    !backend_.extend(items[-1], items, count))
                    goto failed;
                continue;
            case kEmptyDict:
                if constexpr (Backend::kDefersDicts) {
                    const bool memoized =
                        next_is(kMemoize) && window.size() > 1 && next_is_unread();
                    const std::size_t mark_at = memoized ? 1 : 0;
                    if (window.size() > mark_at &&
                        window.cursor[mark_at] == static_cast<std::uint8_t>(kMark) &&
                        top != limit) {
                        if (memoized && !memoize_unread()) goto no_memory;
                        window.cursor += mark_at + 1;
                        *top++ = Backend::retain(backend_.deferred());
                        if (!stack_.mark(top)) goto no_memory;
                        fence = top;
                        continue;
                    }
                }
                value = backend_.empty_dict();
                goto push_memoized;
            case kDict:
                if (!take_marked()) goto failed;
                if (count % 2 != 0) goto odd_items;
                value = backend_.dict(items, count);
                goto push;
            case kSetItem:
                if (!has(3)) goto failed;
                top -= 2;
                items = top;
                count = 2;
                if constexpr (Backend::kBuildsFromItems) {
                    const State<Value> state =
                        backend_.state_from_one(window, fence, items, next_is_unread());
                    if (state.kind != State<Value>::kOther) {
                        if (!build_from(state)) goto failed;
                        continue;
                    }
                }
                if (!backend_.set_items(items[-1], items, count)) goto failed;
                continue;
            case kSetItems:
                if (!take_marked_for_target()) goto failed;
                if (count % 2 != 0) goto odd_items;
                if constexpr (Backend::kBuildsFromItems) {
                    const State<Value> state =
                        backend_.state_from(window, fence, items, next_is_unread());
                    if (state.kind != State<Value>::kOther) {
                        if (!build_from(state)) goto failed;
                        continue;
                    }
                }
                if constexpr (Backend::kDefersDicts) {
                    if (Backend::same(items[-1], backend_.deferred())) {
                        value = backend_.dict(items, count);
                        if (Backend::empty(value)) goto failed;
                        Backend::release(items[-1]);
                        items[-1] = value;
                        continue;
                    }
                }
                if (count != 0 && !backend_.set_items(items[-1], items, count)) goto failed;
                continue;
            case kEmptySet:
                value = backend_.empty_set();
                goto push;
            case kAddItems:
                if (!take_marked_for_target() || !settle(items)) goto failed;
                if ((count != 0 || Backend::kAddsNothing) &&
                    !backend_.add_items(items[-1], items, count))
                    goto failed;
                continue;
            case kFrozenSet:
                if (!take_marked()) goto failed;
                value = backend_.frozen_set(items, count);
                goto push;

            // --- the stack and the memo ---
            case kMark:
                if (!stack_.mark(top)) goto no_memory;
                fence = top;
                continue;
            case kPop:
                if (stack_.has_mark() && top == fence) {
                    fence = stack_.unmark();
                    if (!settle(top)) goto failed;
                    continue;
                }
                if (!has(1)) goto failed;
                --top;
                if constexpr (requires { backend_.popped(*top); }) {
                    if (!backend_.popped(*top)) goto failed;
                }
                Backend::release(*top);
                continue;
            case kPopMark:
                if (!take_marked()) goto failed;
                release(items, count);
                continue;
            case kDup:
                if (!has(1)) goto failed;
                value = Backend::retain(top[-1]);
                goto push;
            case kMemoize:
                if (!has(1) || !memoize(window, top[-1])) goto failed;
                continue;
            case kBinPut: {
                std::uint8_t index = 0;
                if (!unsigned_argument(window, index) || !has(1)) goto failed;
                if (!memo_put(window, index, top[-1])) goto failed;
                continue;
            }
            case kLongBinPut: {
                std::uint32_t index = 0;
                if (!unsigned_argument(window, index) || !has(1)) goto failed;
                if (!memo_put(window, index, top[-1])) goto failed;
                continue;
            }
            case kPut: {
                const Line text = apart(window, &Machine::filled_line);
                std::int64_t index = 0;
                if (!text || !has(1) || !backend_.memo_index(text.text, text.size, index))
                    goto failed;
                if (index < 0) {
                    fault_ = Fault::kNegativeMemo;
                    goto failed;
                }
                if (!memo_put(window, static_cast<std::size_t>(index), top[-1])) goto failed;
                continue;
            }
            case kBinGet: {
                std::uint8_t index = 0;
                if (!unsigned_argument(window, index)) goto failed;
                value = memo_value(index);
                goto push;
            }
            case kLongBinGet: {
                std::uint32_t index = 0;
                if (!unsigned_argument(window, index)) goto failed;
                value = memo_value(index);
                goto push;
            }
            case kGet: {
                const Line text = apart(window, &Machine::filled_line);
                std::int64_t index = 0;
                if (!text || !backend_.memo_index(text.text, text.size, index)) goto failed;
                value = memo_value(static_cast<std::size_t>(index));
                goto push;
            }

            // --- objects ---
            case kGlobal:
                value = apart(window, &Machine::global);
                goto push;
            case kStackGlobal:
                if (!has(2)) goto failed;
                top -= 2;
                value = backend_.stack_global(top[0], top[1]);
                goto push_memoized;
            case kExt1:
                value = apart(window, &Machine::template extension<std::uint8_t>);
                goto push;
            case kExt2:
                value = apart(window, &Machine::template extension<std::uint16_t>);
                goto push;
            case kExt4:
                value = apart(window, &Machine::template extension<std::uint32_t>);
                goto push;
            case kPersId:
                value = apart(window, &Machine::persistent_line);
                goto push;
            case kBinPersId:
                if (!backend_.may_load_persistent() || !has(1)) goto failed;
                value = backend_.persistent(*--top);
                goto push;
            case kReduce:
                if (!has(2)) goto failed;
                top -= 2;
                value = backend_.reduce(top[0], top[1]);
                goto push_memoized;
            case kNewObj:
                if (!has(2)) goto failed;
                top -= 2;
                value = backend_.new_object(top[0], top[1]);
                goto push_memoized;
            case kNewObjEx:
                if (!has(3)) goto failed;
                top -= 3;
                value = backend_.new_object_ex(top[0], top[1], top[2]);
                goto push;
            case kBuild:
                if (!has(2)) goto failed;
                --top;
                if (!backend_.build(top[-1], *top)) goto failed;
                continue;
            case kInst: {
                if (!unmark() || !settle(items)) goto failed;
                value = apart(window, &Machine::inst_class);
                if (Backend::empty(value)) goto failed;
                top = items;
                value = backend_.instance(value, items, count);
                goto push;
            }
            case kObj:
                if (!unmark() || !settle(items)) goto failed;
                if (count == 0) {
                    fault_ = stack_.has_mark() ? Fault::kUnexpectedMark : Fault::kUnderflow;
                    goto failed;
                }
                top = items;
                value = backend_.instance(items[0], items + 1, count - 1);
                goto push;

            // --- the stream itself ---
            case kProto:
                if (!apart(window, &Machine::protocol)) goto failed;
                continue;
            case kFrame:
                if (!apart(window, &Machine::frame)) goto failed;
                continue;
            case kStop:
                if (!source_.finish(window)) {
                    fault_ = source_.fault();
                    goto failed;
                }
                if (!has(1)) goto failed;
                result = *--top;
                stack_.set_top(top);
                return {Fault::kNone, opcode_, source_.offset(opcode_at), 0};
        }
        detail_ = opcode_;
        fault_ = Fault::kBadOpcode;
        goto failed;

    short_tuple:
        if (!has(count)) goto failed;
        top -= count;
        items = top;

    tuple:
        if constexpr (Backend::kCallsWithItems) {
            const Call call = call_ahead(window);
            if (call.kind != Call::kNone && items != fence) {
                if (call.memoized && !memoize_unread()) {
                    fault_ = Fault::kNoMemory;
                    release(items, count);
                    goto failed;
                }
                window.cursor += call.memoized ? 2 : 1;
                --top;
                value = call.kind == Call::kReduce ? backend_.reduce_items(*top, items, count)
                                                   : backend_.new_object_from(*top, items, count);
                goto push_memoized;
            }
        }
        value = backend_.tuple(items, count);

    push_memoized:  // what picklers memoize as soon as it is there
        if (Backend::empty(value)) [[unlikely]]
            goto failed;
        if (top == limit) [[unlikely]]
            goto grow;
        *top++ = value;
        if (next_is(kMemoize)) {
            opcode_at = window.cursor++;
            if (!memoize(window, value)) [[unlikely]]
                goto failed;
        }
        continue;

    push:
        if (Backend::empty(value)) [[unlikely]]
            goto failed;
        if (top != limit) [[likely]] {
            *top++ = value;
            continue;
        }

    grow:
        stack_.set_top(top);
        if (stack_.push(value)) [[likely]] {
            top = stack_.top();
            limit = stack_.limit();
            fence = stack_.fence();
            continue;
        }
        Backend::release(value);

    no_memory:
        fault_ = Fault::kNoMemory;
        goto failed;

    odd_items:
        fault_ = Fault::kOddItems;
        release(items, count);

    failed:
        if (fault_ == Fault::kNone) {
            fault_ = backend_.fault();
            detail_ = backend_.detail();
        }
        stack_.set_top(top);
        return {fault_, opcode_, source_.offset(opcode_at), detail_};
    }
}

}  // namespace anypickle
