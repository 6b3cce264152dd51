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

//  The answer names this proposal: it waits until the approval is there to be found, since
//  it reaches that by the outbox, a moment after the subject's record. For route->follow.
void approval_await (request_t *self, oid_t approval);

//  The same of a resolve's, if it was proposed; the whole of its route->follow.
void approval_follow_resolve (request_t *self);

//  True if this request's command, or the one it replays, was proposed to a second
//  operator who has not decided yet. For route->render.
bool approval_is_awaited (const request_t *self);

#endif
