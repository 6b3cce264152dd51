//  bench_answer - one HTTP/1.1 answer (RFC 9112), read out of a buffer that fills.
//
//  Pure: no I/O, no allocation, no memory between calls. The caller shows all bytes
//  it has so far, again and again, until they are a whole answer; nearly every one
//  is whole at the first look. Understands Content-Length, chunks, and bodiless
//  204 and 304; skips interim 1xx heads. An answer that is neither measured nor in
//  chunks (it would end with its connection) is broken: the node sends none.

#ifndef DEPLOY_BENCH_ANSWER_H
#define DEPLOY_BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { BENCH_ANSWER_PARTIAL, BENCH_ANSWER_WHOLE, BENCH_ANSWER_BROKEN } bench_progress_t;

typedef struct {
    unsigned status;                //  100 .. 999; 0: there was no whole answer
    bool closes;                    //  The server said Connection: close
    const char *body;               //  Within the buffer; not ended by a zero
    size_t body_size;
    size_t size;                    //  Of the answer in the buffer, head and all
    const char *failure;            //  status 0: why, static text
} bench_answer_t;

//  *ret_answer is set if the answer is WHOLE, and only then is the buffer changed:
//  chunks are joined in place. An answer larger than size_max is broken.
bench_progress_t bench_answer_read (char *bytes, size_t size, size_t size_max,
                                    bench_answer_t *ret_answer);

#endif
