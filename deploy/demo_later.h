//  demo_later - the second half of the demo's day: what comes after the first payment.
//
//  Each is a chapter: false when the next ones make no sense any more.

#ifndef DEPLOY_DEMO_LATER_H
#define DEPLOY_DEMO_LATER_H

#include "deploy/demo_story.h"

bool demo_later_authorized (demo_story_t *self);
bool demo_later_remittance (demo_story_t *self);
bool demo_later_to_bank (demo_story_t *self);
bool demo_later_withdrawal (demo_story_t *self);
bool demo_later_session (demo_story_t *self);
bool demo_later_settlement (demo_story_t *self);

#endif
