//  saga_scenario - sagas that go by steps: begun, answered, delayed, seen to by operators.
//
//  Each saga numbers its commands itself, so a test names them once:
//
//      static const saga_commands_t closing = { CLOSING_START, CLOSING_ANSWERED, … };

#ifndef TESTS_LIB_SAGA_SCENARIO_H
#define TESTS_LIB_SAGA_SCENARIO_H

#include "tests/lib/scenario.h"

typedef struct {
    unsigned start, answered, deadline, retry, resolve;
} saga_commands_t;

//  A saga that was asked this. Returns owned.
scenario_t *saga_started (const saga_commands_t *saga, oid_t self, const void *start);

//  The step is answered.
void when_answered (scenario_t *s, const saga_commands_t *saga, unsigned step, verdict_t verdict);

//  The step's deadline comes, twice: it is parked, and tells nobody.
void when_late (scenario_t *s, const saga_commands_t *saga);

//  An operator may neither retry nor give it up: both are refused by this.
void then_no_operator (scenario_t *s, const saga_commands_t *saga, verdict_t verdict);

//  It is given up, and in no other way decided: this event and nothing else, the end.
void then_given_up (scenario_t *s, const saga_commands_t *saga, unsigned event);

#endif
