#include "edge/keyring_keeper.h"

#include <czmq.h>
#include <libgen.h>
#include <limits.h>
#include <sys/inotify.h>

enum {
    PAUSE_MS = 5,      //  Between two batches: the disk belongs to the commits
    LOOK_MS = 60000,   //  At a file, whatever the watch says
    RETRY_MS = 10000,  //  After a batch that the disk refused
    EVENTS_SIZE = 4096
};

struct keyring_keeper {
    keyring_keeper_config_t config;
    zactor_t *actor;

    //  The actor's own
    int watch;                //  inotify; -1: it is polled
    member_keys_pass_t pass;  //  done: there is nothing to wrap
    bool complained;
};

//  One line where an operator must look; again only after it went well once.
static void
s_complain (keyring_keeper_t *self, const char *event, const char *detail)
{
    if (!self->complained) {
        fprintf (stderr, "level=error event=%s detail=\"%s\"\n", event, detail);
        self->complained = true;
    }
}

//  ---------------------------------------------------------------------------
//  Taking a changed keyring

static void
s_take (keyring_keeper_t *self)
{
    const keyring_t *keyring = self->config.keyring;
    member_keys_t *keys = self->config.member_keys;
    char reason [256] = "";
    bool changed = false;

    status_t status = keyring_place_tend (self->config.place, reason);
    if (status != STATUS_OK) {
        s_complain (self, "vault_token_not_renewed", reason);
    }
    status_t taken = keyring_reload (self->config.keyring, self->config.place, &changed, reason);
    if (taken != STATUS_OK) {
        s_complain (self, "keyring_not_taken", reason);
    }
    if (taken != STATUS_OK || !changed) {
        self->complained = self->complained && (taken != STATUS_OK || status != STATUS_OK);
        return;
    }
    fprintf (stderr, "level=info event=keyring_taken master=%u token=%u\n",
             keyring_master_key (keyring)->id, keyring_token_key (keyring)->id);
    if (member_keys_announce (keys, reason) != STATUS_OK) {
        s_complain (self, "keyring_not_announced", reason);
    }
    self->pass = (member_keys_pass_t) { 0 };
}

//  Reads what the watch has to say; all of it means: look.
static void
s_drain_watch (keyring_keeper_t *self)
{
    char events [EVENTS_SIZE] __attribute__ ((aligned (__alignof__(struct inotify_event))));
    while (read (self->watch, events, sizeof events) > 0) {
    }
}

//  ---------------------------------------------------------------------------
//  Wrapping anew

static bool
s_rewrap (keyring_keeper_t *self)
{
    status_t status = member_keys_rewrap (self->config.member_keys, &self->pass);
    if (status != STATUS_OK) {
        s_complain (self, "keys_not_rewrapped", status_text (status));
        self->pass = (member_keys_pass_t) { 0 };  //  What it had begun is looked at again
        return false;
    }
    if (self->pass.done && self->pass.rewrapped + self->pass.lost > 0) {
        fprintf (stderr, "level=%s event=keys_rewrapped count=%llu lost=%llu\n",
                 self->pass.lost ? "error" : "info", (unsigned long long) self->pass.rewrapped,
                 (unsigned long long) self->pass.lost);
    }
    return true;
}

//  ---------------------------------------------------------------------------

static void
s_actor (zsock_t *pipe, void *argument)
{
    keyring_keeper_t *self = argument;
    bool polled = self->watch < 0;
    int64_t poll_ms = polled ? self->config.poll_ms : LOOK_MS, wait_ms = 0;

    zsock_signal (pipe, 0);
    zpoller_t *poller = zpoller_new (pipe, NULL);
    assert (poller);
    if (!polled) {
        int added = zpoller_add (poller, &self->watch);
        assert (added == 0);
    }
    int64_t look_at_ms = zclock_mono ();  //  It may have changed since it was opened
    void *which;
    while ((which = zpoller_wait (poller, (int) wait_ms)) != pipe && !zpoller_terminated (poller)) {
        if (which == &self->watch) {
            s_drain_watch (self);
        }
        if (which == &self->watch || zclock_mono () >= look_at_ms) {
            s_take (self);
            look_at_ms = zclock_mono () + poll_ms;
        }
        int64_t pause_ms = PAUSE_MS;
        if (!self->pass.done && !s_rewrap (self)) {
            pause_ms = RETRY_MS;
        }
        int64_t left_ms = look_at_ms - zclock_mono ();
        wait_ms = self->pass.done || left_ms < pause_ms ? left_ms : pause_ms;
        wait_ms = wait_ms > 0 ? wait_ms : 0;
    }
    zpoller_destroy (&poller);
}

//  A folder that cannot be watched (too many watches on this machine) is polled.
static void
s_watch (keyring_keeper_t *self)
{
    char folder [PATH_MAX];
    snprintf (folder, sizeof folder, "%s", keyring_place_name (self->config.place));
    self->watch = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
    if (self->watch >= 0
        && inotify_add_watch (self->watch, dirname (folder), IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
        close (self->watch);
        self->watch = -1;
    }
}

status_t
keyring_keeper_new (const keyring_keeper_config_t *config, keyring_keeper_t **ret_keeper,
                    char ret_reason [256])
{
    keyring_keeper_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    self->watch = -1;
    if (!keyring_place_is_vault (config->place)) {
        s_watch (self);
    }
    self->actor = zactor_new (s_actor, self);
    if (!self->actor) {
        snprintf (ret_reason, 256, "the keeper of the keyring cannot be started");
        keyring_keeper_destroy (&self);
        return STATUS_LIMIT;
    }
    *ret_keeper = self;
    return STATUS_OK;
}

void
keyring_keeper_destroy (keyring_keeper_t **self_p)
{
    keyring_keeper_t *self = *self_p;
    if (self) {
        zactor_destroy (&self->actor);
        if (self->watch >= 0) {
            close (self->watch);
        }
        free (self);
        *self_p = NULL;
    }
}
