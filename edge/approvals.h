//  approvals - what routes need whose command may take a second operator.
//
//  Such a command carries the id that its proposal would have. The request's shown
//  object is that approval: there is one if the command proposed.

#ifndef EDGE_APPROVALS_H
#define EDGE_APPROVALS_H

#include "actors/approval.h"
#include "edge/answer.h"

//  Sends a resolve to the object of {id}, by the calling operator; fills in who asks and
//  the approval's id. For route->decide.
void approval_command_resolve (request_t *self, uint8_t command, saga_resolve_t *resolve);

//  True if this request's command, or the one it replays, was proposed to a second
//  operator who has not decided yet. For route->render.
bool approval_is_awaited (const request_t *self);

#endif
