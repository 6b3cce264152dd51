//  openapi - .incbin reads the file when this is assembled; CMake says where it is,
//  and assembles again when it changes.

#include "edge/openapi.h"

__asm__(".section .rodata\n"
        ".global openapi_json\n"
        "openapi_json:\n"
        ".incbin \"" EDGE_DIR "/openapi.json\"\n"
        "openapi_json_end:\n"
        ".byte 0\n"
        ".balign 8\n"
        ".global openapi_json_size\n"
        "openapi_json_size:\n"
        ".quad openapi_json_end - openapi_json\n"
        ".previous\n");
