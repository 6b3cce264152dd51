//  keys - the port's table; what happens behind it is edge/keys_gateway.c.

#include "actors/keys.h"

static const command_rule_t commands [] = {
    [KEYS_DESTROY] = { "keys.destroy", &shape_empty, NULL },
};

const aggregate_type_t keys_port = {
    .name = "keys",
    .kind = OID_KEYS,
    .state = &shape_empty,
    .commands = commands,
    .command_count = COUNT (commands),
};
