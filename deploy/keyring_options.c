#include "deploy/keyring_options.h"

#include <limits.h>
#include <stdio.h>
#include "runtime/scoped.h"

status_t
keyring_options_place (const options_t *options, keyring_place_t **ret_place, char ret_reason [256])
{
    char path [PATH_MAX];
    const char *told = options_text (options, "keyring");
    snprintf (path, sizeof path, "%.4000s/keyring", options_text (options, "data"));
    return keyring_place_new (told ? told : path, options_text (options, "vault-token-file"),
                              ret_place, ret_reason);
}

status_t
keyring_options_open (const options_t *options, bool create, keyring_t **ret_keyring,
                      char ret_reason [256])
{
    scoped (keyring_place_destroy) keyring_place_t *place = NULL;
    status_t status = keyring_options_place (options, &place, ret_reason);
    return status == STATUS_OK ? keyring_open_at (place, create, ret_keyring, ret_reason) : status;
}
