//  demo_ask - what the demo's chapters share: asking, and saying how it went.

#ifndef DEPLOY_DEMO_ASK_H
#define DEPLOY_DEMO_ASK_H

#include "deploy/demo_story.h"

//  One request to the node, by the story's token; path without "/v1/". Takes the body.
demo_answer_t demo_node (demo_story_t *self, const char *method, const char *path, json_t *body,
                         const char *key);

//  The same to the bank's "/admin/".
demo_answer_t demo_bank (demo_story_t *self, const char *method, const char *path, json_t *body);

//  The bank is told to misbehave once.
bool demo_set_fault (demo_story_t *self, const char *kind);

//  What the bank holds on an account, "apple/110-2345-6789"; -1: it does not say.
int64_t demo_at_bank (demo_story_t *self, const char *account);

//  When a step went wrong: what came instead, whole.
void demo_show (const demo_answer_t *answer);

//  Says the step, and shows the answer if it is wrong.
bool demo_said (demo_story_t *self, const demo_answer_t *answer, bool right, const char *said);

//  Right if it was created; keeps the new object's id (DEMO_ID_SIZE).
bool demo_made (demo_story_t *self, const demo_answer_t *answer, const char *said, char *ret_id);

//  Reads the object until it has ended, at most a minute: true if as wanted.
bool demo_ends_as (demo_story_t *self, const char *path, const char *wanted);

bool demo_check_wallet (demo_story_t *self, const demo_person_t *person);

#endif
