//  crc32c - by the processor's own instruction where it has one, else by a table.

#include "store/crc32c.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL_REVERSED 0x82F63B78u

static uint32_t s_table [256];
static pthread_once_t s_table_made = PTHREAD_ONCE_INIT;

static void
s_make_table (void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL_REVERSED : crc >> 1;
        }
        s_table [byte] = crc;
    }
}

uint32_t
crc32c_by_table (uint32_t crc, const void *bytes, size_t size)
{
    pthread_once (&s_table_made, s_make_table);

    const uint8_t *at = bytes;
    crc = ~crc;
    while (size--) {
        crc = (crc >> 8) ^ s_table [(crc ^ *at++) & 0xFF];
    }
    return ~crc;
}

#if defined __x86_64__

#include <nmmintrin.h>

__attribute__ ((target ("sse4.2"))) static uint32_t
s_by_instruction (uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t wide = ~crc;

    for (; size >= sizeof (uint64_t); size -= sizeof (uint64_t)) {
        uint64_t word;
        memcpy (&word, at, sizeof word);
        wide = _mm_crc32_u64 (wide, word);
        at += sizeof word;
    }
    crc = (uint32_t) wide;
    while (size--) {
        crc = _mm_crc32_u8 (crc, *at++);
    }
    return ~crc;
}

uint32_t
crc32c (uint32_t crc, const void *bytes, size_t size)
{
    return __builtin_cpu_supports ("sse4.2") ? s_by_instruction (crc, bytes, size)
                                             : crc32c_by_table (crc, bytes, size);
}

#else

uint32_t
crc32c (uint32_t crc, const void *bytes, size_t size)
{
    return crc32c_by_table (crc, bytes, size);
}

#endif
