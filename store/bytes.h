//  bytes - integers at any place in a buffer: little endian inside of records and
//  values, big endian in keys, so that keys sort as numbers do.

#ifndef STORE_BYTES_H
#define STORE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void
bytes_put_u16 (uint8_t *at, uint16_t value)
{
    value = htole16 (value);
    memcpy (at, &value, sizeof value);
}

static inline void
bytes_put_u32 (uint8_t *at, uint32_t value)
{
    value = htole32 (value);
    memcpy (at, &value, sizeof value);
}

static inline void
bytes_put_u64 (uint8_t *at, uint64_t value)
{
    value = htole64 (value);
    memcpy (at, &value, sizeof value);
}

static inline uint16_t
bytes_get_u16 (const uint8_t *at)
{
    uint16_t value;
    memcpy (&value, at, sizeof value);
    return le16toh (value);
}

static inline uint32_t
bytes_get_u32 (const uint8_t *at)
{
    uint32_t value;
    memcpy (&value, at, sizeof value);
    return le32toh (value);
}

static inline uint64_t
bytes_get_u64 (const uint8_t *at)
{
    uint64_t value;
    memcpy (&value, at, sizeof value);
    return le64toh (value);
}

static inline void
bytes_put_key_u64 (uint8_t *at, uint64_t value)
{
    value = htobe64 (value);
    memcpy (at, &value, sizeof value);
}

static inline uint64_t
bytes_get_key_u64 (const uint8_t *at)
{
    uint64_t value;
    memcpy (&value, at, sizeof value);
    return be64toh (value);
}

#endif
