//  openapi - the bytes of edge/openapi.json, put into the binary by the assembler.

#ifndef EDGE_OPENAPI_H
#define EDGE_OPENAPI_H

#include <stddef.h>

extern const char openapi_json [];
extern const size_t openapi_json_size;

#endif
