//  status - the one table of operational outcomes and their texts.

#include "store/status.h"

const char *
status_text (status_t status)
{
#define STATUS_TEXT(code, text) [STATUS_##code] = text,
    static const char *const texts [] = { STATUS_CODES (STATUS_TEXT) };
#undef STATUS_TEXT
    return (unsigned) status < STATUS_COUNT ? texts [status] : "unknown status";
}
