//  option_value - whether a text can be the value of an option.

#ifndef DEPLOY_OPTION_VALUE_H
#define DEPLOY_OPTION_VALUE_H

#include "deploy/options.h"

enum { OPTION_RIGHT_MAX = 200 };

//  True if it can; *ret_number is then the integer, the milliseconds, or 0 and 1 of
//  a flag, and 0 for all else. *ret_number is untouched if it cannot.
bool option_value_read (const option_rule_t *rule, const char *text, int64_t *ret_number);

//  What would be right: "a whole number from 8 to 16384".
void option_value_right (const option_rule_t *rule, char ret_right [OPTION_RIGHT_MAX]);

#endif
