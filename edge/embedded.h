//  embedded - files of this folder as they are, put into the binary by the assembler.

#ifndef EDGE_EMBEDDED_H
#define EDGE_EMBEDDED_H

#include <stddef.h>

extern const char openapi_json [], asyncapi_json [], docs_html [], docs_css [], docs_js [];
extern const size_t openapi_json_size, asyncapi_json_size, docs_html_size, docs_css_size,
    docs_js_size;

#endif
