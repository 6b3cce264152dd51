//  text - what texts from outside may look like.
//
//  Texts are valid UTF-8 with a final zero. No threads, no state.

#ifndef EDGE_TEXT_H
#define EDGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

//  True if free of what nobody sees: control and format characters (C0, C1, directions,
//  zero width, tags), other than the joiner inside an emoji; counts the characters.
bool text_is_clean (const char *text, size_t *ret_characters);

//  True if it has digits and these others only; an 'a' among them: all Latin letters.
bool text_is_of (const char *text, const char *others);

//  Removes outer spaces in place.
void text_trim (char *text);

//  Trims, lowers and checks an address in place; false if it cannot be one.
bool email_normalize (char *text);

#endif
