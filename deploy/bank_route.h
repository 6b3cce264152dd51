//  bank_route - finds the row of a table of routes that a request asks for. Pure.

#ifndef DEPLOY_BANK_ROUTE_H
#define DEPLOY_BANK_ROUTE_H

#include <stddef.h>

enum { BANK_PARTS_MAX = 2, BANK_ALLOW_SIZE = 64 };

typedef struct bank_call bank_call_t;
typedef void (bank_call_fn) (bank_call_t *call);

//  One row of the table of what can be asked.
typedef struct {
    const char *method;
    const char *path;               //  "/v1/accounts/{}/{}"
    bank_call_fn *handle;
} bank_route_t;

//  Fills parts with what stands for {} in the path, percent-decoded, owned by the
//  caller. NULL if there is no such row: ret_allow is then the methods that the path
//  knows, "" if it is unknown.
const bank_route_t *bank_route_find (const bank_route_t *routes, size_t route_count,
                                     const char *method, const char *path,
                                     char *parts [BANK_PARTS_MAX],
                                     char ret_allow [BANK_ALLOW_SIZE]);

#endif
