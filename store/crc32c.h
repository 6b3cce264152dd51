//  crc32c - the Castagnoli checksum (RFC 3720, appendix B.4) of records and rows.
//
//  It finds what disks and memory do to bytes by accident; against people the
//  journal has its BLAKE2b chain. Pure, any thread.

#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

//  Checksum of the bytes, continued from `crc`: that of the bytes before them, or 0.
//  crc32c (crc32c (0, a), b) is the checksum of a followed by b.
uint32_t crc32c (uint32_t crc, const void *bytes, size_t size);

//  The same by a table, for processors without the instruction; the same result.
uint32_t crc32c_by_table (uint32_t crc, const void *bytes, size_t size);

#endif
