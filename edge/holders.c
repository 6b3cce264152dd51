//  holders - a bounded queue in front of a few calls.
//
//      asked --> waiting (a ring) --place free--> on the wire --> told
//
//  The thread sleeps in bank_wire_wait; an eventfd wakes it when somebody asks.

#include "edge/holders.h"

#include <assert.h>
#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "edge/bank_wire.h"
#include "edge/edge_self.h"
#include "edge/personal.h"

enum { POLL_MAX_MS = 1000 };

typedef struct {
    bank_call_t *call;  //  Owned while it waits; a key while it is on the wire
    void *context;
    int64_t asked_ms;  //  Monotonic
} ask_t;

struct holders {
    char *url;
    int64_t timeout_ms;
    holder_fn *told;
    int wake;

    pthread_mutex_t lock;  //  Guards what follows
    bool ending;
    size_t head, waiting;  //  A ring
    ask_t asks [HOLDERS_WAITING];

    //  The thread's own
    pthread_t thread;
    bool started;
    bank_wire_t *wire;
    size_t calling;
    ask_t calls [HOLDERS_CALLS];
};

holder_result_t
holders_judge (long http_status, const char *body, uint64_t body_size, char *ret_name,
               uint64_t size)
{
    holder_result_t result = http_status == 404 ? HOLDER_MISSING : HOLDER_UNKNOWN;
    *ret_name = '\0';
    if (http_status != 200 || !body) {
        return result;
    }
    json_t *root = json_loadb (body, body_size, JSON_REJECT_DUPLICATES, NULL);
    const char *status = json_string_value (json_object_get (root, "status"));
    const char *name = json_string_value (json_object_get (root, "holder_name"));
    if (status && strcmp (status, "closed") == 0) {
        result = HOLDER_SHUT;
    }
    else if (status && strcmp (status, "open") == 0 && name && *name && strlen (name) < size) {
        result = HOLDER_FOUND;
        strcpy (ret_name, name);
    }
    json_decref (root);
    return result;
}

static int64_t
s_now_ms (void)
{
    return monotonic_ns () / 1000000;
}

//  Takes the call.
static void
s_tell (holders_t *self, void *context, bank_call_t **call_p, long http_status)
{
    char name [PERSONAL_TEXT_SIZE];
    const bank_call_t *call = *call_p;
    holder_result_t result = holders_judge (call->overflown ? 0 : http_status, call->answer,
                                            call->answer_size, name, sizeof name);
    bank_call_destroy (call_p);
    self->told (context, result, name);
    sodium_memzero (name, sizeof name);
}

//  ---------------------------------------------------------------------------
//  The thread

static bool
s_is_ending (holders_t *self)
{
    pthread_mutex_lock (&self->lock);
    bool ending = self->ending;
    pthread_mutex_unlock (&self->lock);
    return ending;
}

static bool
s_next (holders_t *self, ask_t *ret_ask)
{
    pthread_mutex_lock (&self->lock);
    bool there = self->waiting > 0;
    if (there) {
        *ret_ask = self->asks [self->head];
        self->head = (self->head + 1) % HOLDERS_WAITING;
        self->waiting--;
    }
    pthread_mutex_unlock (&self->lock);
    return there;
}

//  Those who waited too long, and all at the end, are told that nothing is known.
//  Returns whether it goes on.
static bool
s_start_waiting (holders_t *self)
{
    bool ending = s_is_ending (self);
    ask_t ask;
    while ((ending || self->calling < HOLDERS_CALLS) && s_next (self, &ask)) {
        if (ending || s_now_ms () - ask.asked_ms >= self->timeout_ms) {
            s_tell (self, ask.context, &ask.call, 0);
            continue;
        }
        self->calls [self->calling++] = ask;
        bank_wire_start (self->wire, &ask.call);
    }
    return !ending;
}

static void
s_finish (holders_t *self, bank_call_t *call, long http_status)
{
    size_t index = 0;
    while (self->calls [index].call != call) {
        index++;
        assert (index < self->calling);
    }
    void *context = self->calls [index].context;
    self->calls [index] = self->calls [--self->calling];
    s_tell (self, context, &call, http_status);
}

static void *
s_run (void *argument)
{
    holders_t *self = argument;
    while (s_start_waiting (self)) {
        long http_status = 0;
        bank_call_t *call;
        while ((call = bank_wire_ended (self->wire, &http_status))) {
            s_finish (self, call, http_status);
        }
        bank_wire_wait (self->wire, self->wake, self->wake, POLL_MAX_MS);
        uint64_t asked;
        if (read (self->wake, &asked, sizeof asked) < 0) {
            continue;  //  Nobody has: it was the wire, or the time
        }
    }
    //  What is on the wire goes with it; whoever asked for it is told first
    while (self->calling > 0) {
        self->told (self->calls [--self->calling].context, HOLDER_UNKNOWN, "");
    }
    return NULL;
}

//  ---------------------------------------------------------------------------

holders_t *
holders_new (const char *url, int64_t timeout_ms, holder_fn *told)
{
    holders_t *self = calloc (1, sizeof *self);
    assert (self);
    pthread_mutex_init (&self->lock, NULL);
    self->timeout_ms = timeout_ms;
    self->told = told;
    self->url = strdup (url);
    self->wake = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
    self->wire = bank_wire_new (HOLDERS_CALLS, timeout_ms);
    assert (self->url);
    for (size_t size = strlen (self->url); size > 0 && self->url [size - 1] == '/'; size--) {
        self->url [size - 1] = '\0';
    }
    self->started = self->wake >= 0 && pthread_create (&self->thread, NULL, s_run, self) == 0;
    if (!self->started) {
        holders_destroy (&self);
    }
    return self;
}

static void
s_wake (const holders_t *self)
{
    uint64_t one = 1;
    ssize_t written = write (self->wake, &one, sizeof one);
    (void) written;  //  Full: it is awake
}

void
holders_end (holders_t *self)
{
    if (self->started) {
        pthread_mutex_lock (&self->lock);
        self->ending = true;
        pthread_mutex_unlock (&self->lock);
        s_wake (self);
        pthread_join (self->thread, NULL);
        self->started = false;
    }
}

void
holders_destroy (holders_t **self_p)
{
    holders_t *self = *self_p;
    if (!self) {
        return;
    }
    holders_end (self);
    bank_wire_destroy (&self->wire);
    if (self->wake >= 0) {
        close (self->wake);
    }
    pthread_mutex_destroy (&self->lock);
    free (self->url);
    free (self);
    *self_p = NULL;
}

bool
holders_ask (holders_t *self, const char *bank_code, const char *account_number, void *context)
{
    bank_call_t *call = bank_call_account (self->url, bank_code, account_number);
    pthread_mutex_lock (&self->lock);
    bool room = call && self->waiting < HOLDERS_WAITING && !self->ending;
    if (room) {
        self->asks [(self->head + self->waiting++) % HOLDERS_WAITING] =
            (ask_t) { call, context, s_now_ms () };
    }
    pthread_mutex_unlock (&self->lock);
    if (!room) {
        bank_call_destroy (&call);
        return false;
    }
    s_wake (self);
    return true;
}
