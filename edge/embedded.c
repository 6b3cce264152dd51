//  embedded - .incbin reads a file when this is assembled; CMake says where they are,
//  and assembles again when one changes.

#include "edge/embedded.h"

#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #name "\n" #name ":\n"                                                      \
            ".incbin \"" EDGE_DIR "/" file "\"\n" #name "_end:\n"                                  \
            ".byte 0\n"                                                                            \
            ".balign 8\n"                                                                          \
            ".global " #name "_size\n" #name "_size:\n"                                            \
            ".quad " #name "_end - " #name "\n"                                                    \
            ".previous\n")

EMBED (openapi_json, "openapi.json");
EMBED (asyncapi_json, "asyncapi.json");
EMBED (docs_html, "docs.html");
EMBED (docs_css, "docs.css");
EMBED (docs_js, "docs.js");
