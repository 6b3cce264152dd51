//  serve_options - what `happypay serve` can be told: its own table, and one option
//  for every limit of runtime/limits.h.

#ifndef DEPLOY_SERVE_OPTIONS_H
#define DEPLOY_SERVE_OPTIONS_H

#include "deploy/options.h"
#include "edge/webhook_address.h"
#include "runtime/limits.h"

//  Returns owned, not yet read.
options_t *serve_options_new (void);

//  Refuses what this version cannot do and api.md names, and networks that are none:
//  OPTIONS_READ or 2.
int serve_options_check (const options_t *self);

//  Where webhooks may go beside the public internet. After the check.
webhook_allowed_t serve_options_webhook_allowed (const options_t *self);

//  The limits as told.
limits_t serve_options_limits (const options_t *self);

#endif
