//  world - its ports: the bank, in whatever mood, and the keys.

#include "tests/lib/world.h"

//  The bank decides a transfer once; what it says of it is another matter.
static bank_result_t
s_book (world_t *self, const bank_order_t *order)
{
    for (size_t index = 0; index < self->booked_count; index++) {
        if (oid_equal (self->booked [index].transfer, order->transfer)) {
            return self->booked [index].result;
        }
    }
    bool declined = world_random (self, 100) < self->declines;
    bank_result_t result = declined ? BANK_FAILED : BANK_SUCCEEDED;
    assert_true (self->booked_count < ACTORS_MAX);
    bool in = oid_is_none (order->to.member);
    self->booked [self->booked_count++] =
        (booked_t) { order->transfer, result, in, order->amount_minor, false };
    if (result == BANK_SUCCEEDED) {
        self->statement_minor += in ? order->amount_minor : -order->amount_minor;
    }
    return result;
}

//  Forgotten before the money moved or after it; answered, now and then twice.
static void
s_transfer (world_t *self, const letter_t *letter)
{
    bank_answered_t answer = { .step = letter->step, .result = BANK_UNKNOWN };
    bool forgotten = world_random (self, 100) < self->forgets;

    if (!forgotten || world_random (self, 2) == 0) {
        bank_result_t result = s_book (self, letter->payload);
        answer.result = (uint8_t) (forgotten ? BANK_UNKNOWN : result);
    }
    world_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0,
                &answer);
    if (!forgotten && world_random (self, 6) == 0) {
        answer.step = 0;
        world_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0,
                    &answer);
    }
}

//  Everybody has an account; not every question is answered.
static void
s_look_up (world_t *self, const letter_t *letter)
{
    bool forgotten = world_random (self, 100) < self->forgets;
    bank_looked_up_t answer = {
        .step = letter->step,
        .result = forgotten ? BANK_LOOKUP_UNKNOWN : BANK_OPEN_AND_HELD,
    };
    world_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0,
                &answer);
}

//  What the bank has booked; it may not remember, and it never posts.
static void
s_inquire (world_t *self, const letter_t *letter)
{
    bank_answered_t answer = { .step = letter->step, .result = BANK_UNKNOWN };
    const bank_order_t *order = letter->payload;
    for (size_t index = 0; index < self->booked_count; index++) {
        if (oid_equal (self->booked [index].transfer, order->transfer)
            && (self->booked [index].late || world_random (self, 100) >= self->forgets)) {
            answer.result = (uint8_t) self->booked [index].result;
        }
    }
    world_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0,
                &answer);
}

//  The members' keys are a port too; what is destroyed is destroyed.
static void
s_destroy_key (world_t *self, const letter_t *letter)
{
    world_post (self, letter->from, letter->to, letter->answer_command, ANSWER_NEVER, 0, 0, NULL);
}

void
world_port (world_t *self, const letter_t *letter)
{
    if (letter->to.kind == OID_KEYS) {
        s_destroy_key (self, letter);
        return;
    }
    switch (letter->command) {
    case BANK_LOOKUP: s_look_up (self, letter); break;
    case BANK_INQUIRY: s_inquire (self, letter); break;
    default: s_transfer (self, letter);
    }
}
