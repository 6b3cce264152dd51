//  bank_route - paths are compared as they were sent, and decoded part by part, so
//  that a %2F is part of a name.

#include <assert.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "deploy/bank_route.h"

//  Owned. A part with a %00 is the name of nothing: "".
static char *
s_decode (const char *text, size_t size)
{
    char *part = strndup (text, size);
    assert (part);
    if (MHD_http_unescape (part) != strlen (part)) {
        *part = 0;
    }
    return part;
}

//  Segment by segment; {} takes any text but none. Keeps the parts if there is room.
static bool
s_match (const char *pattern, const char *path, char **parts)
{
    int count = 0;
    while (*pattern && *path) {
        if (*pattern != '{') {
            if (*pattern++ != *path++) {
                return false;
            }
            continue;
        }
        size_t size = strcspn (path, "/");
        if (size == 0) {
            return false;
        }
        if (parts) {
            assert (count < BANK_PARTS_MAX);
            parts [count++] = s_decode (path, size);
        }
        pattern += strlen ("{}");
        path += size;
    }
    return *pattern == *path;  //  Both at their end
}

const bank_route_t *
bank_route_find (const bank_route_t *routes, size_t route_count, const char *method,
                 const char *path, char *parts [BANK_PARTS_MAX], char ret_allow [BANK_ALLOW_SIZE])
{
    *ret_allow = 0;
    for (size_t index = 0; index < route_count; index++) {
        const bank_route_t *route = &routes [index];
        if (!s_match (route->path, path, NULL)) {
            continue;
        }
        if (strcmp (method, route->method) == 0) {
            s_match (route->path, path, parts);
            return route;
        }
        size_t size = strlen (ret_allow);
        snprintf (ret_allow + size, BANK_ALLOW_SIZE - size, "%s%s", size ? ", " : "",
                  route->method);
    }
    return NULL;
}
