//  bench_answer - head line by line, then the body by its length or its chunks.

#include "deploy/bench_answer.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

typedef struct {
    unsigned status;
    bool closes, chunked, measured;
    size_t length;
    size_t size;  //  Of the head itself
} head_t;

//  A number of at most 9 digits in base 10 or 16 at the start of [text, end), or
//  SIZE_MAX. More digits than that would be more than any answer here may have.
static size_t
s_number (const char *text, const char *end, size_t base, const char **ret_rest)
{
    size_t number = 0, digits = 0;
    while (text < end
           && (base == 16 ? isxdigit ((unsigned char) *text) : isdigit ((unsigned char) *text))) {
        unsigned char digit = (unsigned char) tolower ((unsigned char) *text++);
        number = number * base + (size_t) (isdigit (digit) ? digit - '0' : digit - 'a' + 10);
        if (++digits > 9) {
            return SIZE_MAX;
        }
    }
    *ret_rest = text;
    return digits ? number : SIZE_MAX;
}

//  The value of the field `name` in this line without blanks around it, or NULL.
static const char *
s_field (const char *line, const char **end_p, const char *name)
{
    size_t size = strlen (name);
    if ((size_t) (*end_p - line) <= size || line [size] != ':'
        || strncasecmp (line, name, size) != 0) {
        return NULL;
    }
    const char *value = line + size + 1;
    while (value < *end_p && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (*end_p > value && ((*end_p) [-1] == ' ' || (*end_p) [-1] == '\t')) {
        (*end_p)--;
    }
    return value;
}

static bool
s_is (const char *value, const char *end, const char *word)
{
    size_t size = strlen (word);
    return (size_t) (end - value) == size && strncasecmp (value, word, size) == 0;
}

//  Takes in one field; false if it contradicts or cannot be read.
static bool
s_read_field (const char *line, const char *end, head_t *head)
{
    const char *last = end, *value, *rest;
    if ((value = s_field (line, &last, "content-length"))) {
        size_t length = s_number (value, last, 10, &rest);
        bool again = head->measured && length != head->length;
        head->measured = true;
        head->length = length;
        return length != SIZE_MAX && rest == last && !again;
    }
    if ((value = s_field (line, &last, "transfer-encoding"))) {
        head->chunked = s_is (value, last, "chunked");
        return head->chunked;
    }
    if ((value = s_field (line, &last, "connection"))) {
        head->closes = s_is (value, last, "close");
    }
    return true;
}

static bench_progress_t
s_read_head (const char *bytes, size_t size, head_t *ret_head)
{
    static const char start [] = "HTTP/1.";
    size_t known = size < sizeof start - 1 ? size : sizeof start - 1;
    if (memcmp (bytes, start, known) != 0) {
        return BENCH_ANSWER_BROKEN;
    }
    const char *blank = memmem (bytes, size, "\r\n\r\n", 4);
    if (!blank) {
        return BENCH_ANSWER_PARTIAL;
    }
    *ret_head = (head_t) { .size = (size_t) (blank - bytes) + 4 };
    const char *line = memmem (bytes, size, "\r\n", 2), *rest;
    //  "HTTP/1.1 201": a version digit, one blank, three digits
    size_t status = line - bytes < 12 ? SIZE_MAX : s_number (bytes + 9, bytes + 12, 10, &rest);
    if (status == SIZE_MAX || status < 100 || bytes [8] != ' ') {
        return BENCH_ANSWER_BROKEN;
    }
    ret_head->status = (unsigned) status;
    while (line < blank) {
        line += 2;
        const char *end = memmem (line, (size_t) (blank + 2 - line), "\r\n", 2);
        if (!s_read_field (line, end, ret_head)) {
            return BENCH_ANSWER_BROKEN;
        }
        line = end;
    }
    return BENCH_ANSWER_WHOLE;
}

//  Walks over the chunks from `bytes`. With `join` (only when all of them are
//  there) moves their contents together from `bytes` on.
static bench_progress_t
s_walk_chunks (char *bytes, size_t size, bool join, size_t *ret_joined, size_t *ret_walked)
{
    char *place = bytes, *end = bytes + size;
    size_t joined = 0;
    while (true) {
        char *line_end = memmem (place, (size_t) (end - place), "\r\n", 2);
        if (!line_end) {
            return BENCH_ANSWER_PARTIAL;
        }
        const char *rest;
        size_t length = s_number (place, line_end, 16, &rest);
        if (length == SIZE_MAX || (rest != line_end && *rest != ';' && *rest != ' ')) {
            return BENCH_ANSWER_BROKEN;
        }
        place = line_end + 2;
        if (length == 0) {
            break;
        }
        if ((size_t) (end - place) < length + 2) {
            return BENCH_ANSWER_PARTIAL;
        }
        if (place [length] != '\r' || place [length + 1] != '\n') {
            return BENCH_ANSWER_BROKEN;
        }
        if (join) {
            memmove (bytes + joined, place, length);
        }
        joined += length;
        place += length + 2;
    }
    //  Trailer fields, then an empty line
    while (true) {
        char *line_end = memmem (place, (size_t) (end - place), "\r\n", 2);
        if (!line_end) {
            return BENCH_ANSWER_PARTIAL;
        }
        bool empty = line_end == place;
        place = line_end + 2;
        if (empty) {
            break;
        }
    }
    *ret_joined = joined;
    *ret_walked = (size_t) (place - bytes);
    return BENCH_ANSWER_WHOLE;
}

bench_progress_t
bench_answer_read (char *bytes, size_t size, size_t size_max, bench_answer_t *ret_answer)
{
    head_t head = { 0 };
    size_t before = 0;
    do {
        before += head.size;
        bench_progress_t progress = s_read_head (bytes + before, size - before, &head);
        if (progress != BENCH_ANSWER_WHOLE) {
            return progress == BENCH_ANSWER_PARTIAL && size >= size_max ? BENCH_ANSWER_BROKEN
                                                                        : progress;
        }
    } while (head.status < 200);

    char *body = bytes + before + head.size;
    size_t left = size - before - head.size;
    size_t length = head.length, walked = head.length;
    bench_progress_t progress = BENCH_ANSWER_WHOLE;
    if (head.status == 204 || head.status == 304) {
        length = walked = 0;
    }
    else if (head.chunked) {
        progress = s_walk_chunks (body, left, false, &length, &walked);
        if (progress == BENCH_ANSWER_WHOLE) {
            s_walk_chunks (body, left, true, &length, &walked);
        }
    }
    else if (!head.measured || length > size_max - before - head.size) {
        return BENCH_ANSWER_BROKEN;
    }
    else if (length > left) {
        progress = BENCH_ANSWER_PARTIAL;
    }
    if (progress == BENCH_ANSWER_WHOLE) {
        *ret_answer = (bench_answer_t) { .status = head.status,
                                         .closes = head.closes,
                                         .body = body,
                                         .body_size = length,
                                         .size = before + head.size + walked };
    }
    return progress == BENCH_ANSWER_PARTIAL && size >= size_max ? BENCH_ANSWER_BROKEN : progress;
}
